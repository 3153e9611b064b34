"""Batches of images, made on the device where the whole data set lives."""

from typing import NamedTuple

import torch
from torch import Tensor

from pdarts_core.images.augmentation import crop, cutout, flip, normalise, padding_for
from pdarts_core.images.dataset import ImageDataset


class Batch(NamedTuple):
    """What a network sees: images float32 [N, 3, H, W] and labels int64 [N]."""

    images: Tensor
    labels: Tensor


class DeviceBatches:
    """Makes batches of a data set's images from their indices.

    Args:
        dataset: the images, on the device where batches are wanted.
        generator: draws the augmentation; of the same device.
        cutout_length: side of cutout's square in pixels; None leaves cutout out.
        crop_padding: pixels on each side before images are cropped; None for an eighth of theirs.
        is_flipping: whether half of the images are mirrored.
    """

    def __init__(
        self,
        dataset: ImageDataset,
        *,
        generator: torch.Generator,
        cutout_length: int | None = None,
        crop_padding: int | None = None,
        is_flipping: bool = True,
    ) -> None:
        self._images = dataset.images
        self._labels = dataset.labels
        self._mean = torch.tensor(dataset.mean, device=dataset.images.device)
        self._std = torch.tensor(dataset.std, device=dataset.images.device)
        self._generator = generator
        self._cutout_length = cutout_length
        height, width = dataset.images.shape[2:]
        self._padding = padding_for(height, width, crop_padding)
        self._is_flipping = is_flipping

    def plain(self, indices: Tensor) -> Batch:
        """Return images as they are, normalised. `indices` are int64 [N] on the device."""
        images = normalise(self._images[indices], self._mean, self._std)
        return Batch(images, self._labels[indices])

    def augmented(self, indices: Tensor) -> Batch:
        """Return images cropped, flipped and, if wanted, cut out, each at random."""
        images = self._images[indices]
        count, _, height, width = images.shape
        top, left = (self._draw(2 * self._padding + 1, count) for _ in range(2))
        images = crop(images, top, left, self._padding)
        if self._is_flipping:
            images = flip(images, self._draw(2, count) == 1)
        images = normalise(images, self._mean, self._std)
        if self._cutout_length is not None:
            row, column = self._draw(height, count), self._draw(width, count)
            images = cutout(images, row, column, self._cutout_length)
        return Batch(images, self._labels[indices])

    def _draw(self, values: int, count: int) -> Tensor:
        return torch.randint(
            values, (count,), generator=self._generator, device=self._images.device
        )
