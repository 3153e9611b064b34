"""Data sets by name, as tensors: the built-in ones and folders of images."""

from worker.datasets.loading import load_dataset
from worker.datasets.progress import DatasetProgress

__all__ = ["DatasetProgress", "load_dataset"]
