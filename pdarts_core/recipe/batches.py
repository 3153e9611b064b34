"""Batches as a recipe wants them, made on the device where the data set lives."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.images.batches import Batch, DeviceBatches
from pdarts_core.images.dataset import ImageDataset


class RecipeBatches:
    """Makes batches of a data set's images from their indices.

    Args:
        dataset: the images, on the device where batches are wanted.
        config: says how they are augmented.
        generator: draws the augmentation; of the same device.
    """

    def __init__(
        self, dataset: ImageDataset, config: EvaluationConfig, generator: torch.Generator
    ) -> None:
        self._config = config
        self._batches = DeviceBatches(
            dataset,
            generator=generator,
            cutout_length=config.cutout_length if config.cutout else None,
        )

    def plain(self, indices: Tensor) -> Batch:
        """Return images as they are, normalised. `indices` are int64 [N] on the device."""
        return self._batches.plain(indices)

    def augmented(self, indices: Tensor) -> Batch:
        """Return images augmented at random."""
        return self._batches.augmented(indices)


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
