"""Where a data set's images are kept while a network trains on them."""

from dataclasses import replace

import torch

from pdarts_core.images.dataset import ImageDataset

_LARGEST_SHARE = 0.5
"""Of a GPU's free memory that images may take; the rest is for the network and its batches."""


def placed(dataset: ImageDataset, device: torch.device) -> ImageDataset:
    """Return a data set on a device.

    Images that take more than half of a GPU's free memory stay where they are, and only the labels
    move: each batch is brought to the device. On a CPU nothing is copied, so that images which are
    mapped from a file take memory only as long as there is some to spare.
    """
    if device.type == "cuda" and not _fits(dataset, torch.cuda.mem_get_info(device)[0]):
        return replace(dataset, labels=dataset.labels.to(device))
    return dataset.to(device)


def _fits(dataset: ImageDataset, free_bytes: int) -> bool:
    return dataset.images.nbytes <= _LARGEST_SHARE * free_bytes
