"""Batches as a recipe wants them, made on the device where the data set lives."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.images.augmentation import crop, cutout, flip, normalise, padding_for
from pdarts_core.images.batches import Batch
from pdarts_core.images.color_jitter import draw_jitter, draw_orders, jitter
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.images.resized_crop import centre_crop, draw_windows, resized_crop
from pdarts_core.recipe.generators import Generators

_FEWEST_CHANNELS_LAST = 8
"""Channels of a network whose images may have the channels as their last dimension in memory."""


class RecipeBatches:
    """Makes batches of a data set's images from their indices.

    Args:
        dataset: the images; its labels are on the device where batches are wanted. Images that do
            not fit there may be in the host's memory, or mapped from a file.
        config: says how they are augmented.
        generators: draw the augmentation.

    Raises:
        ValueError: the images are smaller than what is cut out of them.
    """

    def __init__(
        self, dataset: ImageDataset, config: EvaluationConfig, generators: Generators
    ) -> None:
        self._config = config
        self._dataset = dataset
        self._generators = generators
        self._device = dataset.labels.device
        self._mean = torch.tensor(dataset.mean, device=self._device)
        self._std = torch.tensor(dataset.std, device=self._device)
        height, width = dataset.images.shape[2:]
        # Convolutions are faster with channels last, on CPUs and on GPUs alike. In networks that
        # begin with 2 or 3 of them, oneDNN then writes past its memory.
        wide = config.init_channels >= _FEWEST_CHANNELS_LAST
        self._layout = torch.channels_last if wide else torch.contiguous_format
        self._padding = padding_for(height, width, config.crop_padding)
        if config.crop_size > min(height, width):
            raise ValueError(
                f"crop_size is {config.crop_size}, but the images have {height}×{width} pixels"
            )

    def plain(self, indices: Tensor) -> Batch:
        """Return images as they are, or their middle. `indices` are int64 [N] on the device."""
        images = self._images(indices)
        if self._config.crop_size:
            images = centre_crop(images, self._config.crop_size)
        return self._batch(normalise(images, self._mean, self._std), indices)

    def augmented(self, indices: Tensor) -> Batch:
        """Return images changed at random; mixed ones have shares of classes as labels."""
        images = self._images(indices)
        if self._config.augmentation == "crop":
            images = self._cropped(images)
        elif self._config.augmentation == "resized_crop":
            images = self._resized(images)
        if self._config.augmentation != "none" and self._config.flip:
            images = flip(images, self._draw(2, len(images)) == 1)
        if self._config.color_jitter:
            images = self._jittered(images)
        images = normalise(images, self._mean, self._std)
        if self._config.cutout:
            sides = images.shape[2:]
            row, column = (self._draw(side, len(images)) for side in sides)
            length = min(self._config.cutout_length, max(1, min(sides) // 2))
            images = cutout(images, row, column, length)
        batch = self._batch(images, indices)
        return self._mixed(batch) if self._config.mixup else batch

    def _images(self, indices: Tensor) -> Tensor:
        images = self._dataset.images
        return images[indices.to(images.device)].to(self._device)

    def _batch(self, images: Tensor, indices: Tensor) -> Batch:
        return Batch(images.contiguous(memory_format=self._layout), self._dataset.labels[indices])

    def _cropped(self, images: Tensor) -> Tensor:
        top, left = (self._draw(2 * self._padding + 1, len(images)) for _ in range(2))
        return crop(images, top, left, self._padding)

    def _resized(self, images: Tensor) -> Tensor:
        height, width = images.shape[2:]
        windows = draw_windows(len(images), height, width, self._generators.augmentation)
        size = self._config.crop_size or min(height, width)
        return resized_crop(images.float(), windows, size)

    def _jittered(self, images: Tensor) -> Tensor:
        count, strength = len(images), self._config.color_jitter
        factors = draw_jitter(count, strength, self._generators.augmentation)
        orders = draw_orders(count, self._generators.color_order)
        return jitter(images.float() / 255, factors, orders) * 255

    def _mixed(self, batch: Batch) -> Batch:
        drawn = self._generators.mixup
        partners = torch.randperm(len(batch.labels), generator=drawn).to(self._device)
        share = draw_share(self._config.mixup, drawn)
        return mixup(batch, partners, share, self._dataset.num_classes)

    def _draw(self, values: int, count: int) -> Tensor:
        return torch.randint(
            values, (count,), generator=self._generators.augmentation, device=self._device
        )


def draw_share(strength: float, generator: torch.Generator) -> float:
    """Draw a number from Beta(strength, strength), with a CPU generator."""
    (seed,) = torch.randint(2**63 - 1, (1,), generator=generator).tolist()
    return float(np.random.default_rng(seed).beta(strength, strength))


def mixup(batch: Batch, partners: Tensor, share: float, num_classes: int) -> Batch:
    """Mix each image with another of its batch, and their labels with it (arXiv 1710.09412).

    Args:
        batch: labels as classes.
        partners: int64 [N], the place of each image's partner.
        share: of the image itself; the rest is its partner's.
        num_classes: how many there are.

    Returns:
        Images, and labels as shares of the classes, [N, classes].
    """
    images, labels = batch
    shares = F.one_hot(labels, num_classes).to(images.dtype)
    return Batch(
        images * share + images[partners] * (1 - share),
        shares * share + shares[partners] * (1 - share),
    )
