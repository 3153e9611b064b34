"""What an evaluation is given, once all of it has been found to fit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from pdarts_core.estimates.network_size import NetworkShape, NetworkSize, count_network
from pdarts_core.estimates.workload import Grid
from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.genotype import Genotype
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.parallel.communicator import Communicator
from pdarts_core.recipe.memory import placed
from pdarts_core.recipe.test_set import aligned

TestSet = ImageDataset | Callable[[], ImageDataset]
"""Images to test on, or what loads them: it is called once, when the training is over."""


@dataclass(frozen=True, kw_only=True)
class EvaluationTask:
    """What an evaluation trains, on what, and where."""

    config: EvaluationConfig
    genotype: Genotype
    dataset: ImageDataset
    """On the device, like the indices; images that do not fit there stay where they were."""
    train: Tensor
    held_out: Tensor
    test: TestSet | None
    weights: Mapping[str, Tensor] | None
    device: torch.device
    communicator: Communicator

    def open_test_set(self, test: TestSet) -> ImageDataset:
        """Return the test set on the device, as the network sees it."""
        opened = test if isinstance(test, ImageDataset) else test()
        return placed(aligned(opened, self.dataset), self.device)

    @property
    def size(self) -> NetworkSize:
        """How large the network is, without its auxiliary head."""
        height, width = self.dataset.images.shape[2:]
        shape = NetworkShape(
            layers=self.config.layers,
            init_channels=self.config.init_channels,
            num_classes=self.dataset.num_classes,
            stem=self.config.stem,
        )
        crop = self.config.crop_size
        return count_network(self.genotype, shape, Grid(crop or height, crop or width))
