"""A labelled set of images for a search, whole and in bytes."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

Channels = tuple[float, float, float]
"""A value for each of red, green and blue, for pixels between 0 and 1."""

_BYTES_AT_ONCE = 2**24
_LEAST_STD = 1 / 255
"""Replaces the deviation 0 of a channel that never changes, since one cannot divide by 0."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageDataset:
    """Labelled images of one size, and what their pixels are normalised with.

    Raises:
        ValueError: shapes, types or labels do not fit each other.
    """

    name: str
    images: Tensor
    """uint8 [N, 3, H, W]."""
    labels: Tensor
    """int64 [N], from 0 to the number of classes − 1."""
    class_names: tuple[str, ...]
    mean: Channels
    std: Channels
    skipped: int = 0
    """Images that could not be used, and were left out because that was asked for."""

    def __post_init__(self) -> None:
        if self.images.dtype != torch.uint8 or self.images.ndim != 4 or self.images.shape[1] != 3:
            raise ValueError("images must be uint8 [N, 3, H, W]")
        if self.labels.dtype != torch.int64 or self.labels.shape != self.images.shape[:1]:
            raise ValueError("labels must be int64 [N], one for each image")
        if not len(self):
            raise ValueError("the data set has no images")
        if self.labels.min() < 0 or self.labels.max() >= self.num_classes:
            raise ValueError(f"labels must lie between 0 and {self.num_classes - 1}")
        if min(self.std) <= 0:
            raise ValueError("std must be more than 0")

    def __len__(self) -> int:
        return len(self.images)

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)

    def to(self, device: torch.device) -> "ImageDataset":
        """Return the data set with its tensors on a device."""
        return replace(self, images=self.images.to(device), labels=self.labels.to(device))

    def fingerprint(self) -> str:
        """Return a sha256 of everything that a search sees of the data set."""
        digest = hashlib.sha256(repr((self.images.shape, self.class_names)).encode())
        digest.update(repr((self.mean, self.std)).encode())
        for tensor in (self.images, self.labels):
            digest.update(tensor.cpu().contiguous().numpy().data)
        return digest.hexdigest()


def channel_statistics(images: Tensor) -> tuple[Channels, Channels]:
    """Compute mean and standard deviation of each channel.

    Args:
        images: uint8 [N, 3, H, W].

    Returns:
        The means and the standard deviations (never 0) for pixels between 0 and 1.
    """
    values = torch.arange(256, dtype=torch.float64) / 255
    means, deviations = [], []
    # Counting the 256 values is exact, however many images are counted at a time: few enough that
    # a set that is larger than the memory, and is mapped from a file, needs little of it.
    counts = torch.zeros(3, 256, dtype=torch.int64)
    at_once = max(1, _BYTES_AT_ONCE // max(1, images[0].numel()))
    for some in torch.split(images, at_once):
        for channel, of_channel in zip(counts, some.cpu().unbind(1), strict=True):
            channel.add_(torch.bincount(of_channel.flatten(), minlength=256))
    for channel in counts:
        share = channel.double() / channel.sum()
        mean = (share * values).sum()
        means.append(mean.item())
        deviations.append((share * (values - mean).square()).sum().sqrt().item())
    return _channels(means), _channels(max(d, _LEAST_STD) for d in deviations)


def _channels(values: Iterable[float]) -> Channels:
    red, green, blue = values
    return red, green, blue
