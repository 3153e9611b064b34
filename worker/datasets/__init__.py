"""Data sets by name: the built-in ones and folders of images. `loading` makes tensors of them."""

from worker.datasets.progress import DatasetProgress

__all__ = ["DatasetProgress"]
