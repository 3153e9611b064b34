"""A trained network, and all that one must know to use it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.genotype import Genotype, to_dict
from pdarts_core.images.dataset import Channels
from pdarts_core.interop import load_network_weights
from pdarts_core.network import Network


@dataclass(frozen=True, kw_only=True)
class Model:
    """What an evaluation ends with."""

    genotype: Genotype
    recipe: EvaluationConfig
    weights: Mapping[str, Tensor]
    """A state dict of `Network`, with or without auxiliary head."""
    class_names: tuple[str, ...]
    mean: Channels
    std: Channels
    height: int
    """Of the data set's images in pixels, before a crop that the recipe asks for."""
    width: int

    def network(self) -> Network:
        """Return the network in evaluation mode, on the CPU, without an auxiliary head.

        Raises:
            PublishedWeightsError: the weights do not fit.
        """
        with torch.random.fork_rng(devices=[]):
            network = Network(
                self.genotype,
                init_channels=self.recipe.init_channels,
                num_classes=len(self.class_names),
                layers=self.recipe.layers,
                auxiliary=False,
                stem=self.recipe.stem,
            )
        load_network_weights(network, self.weights)
        return network.eval()

    @property
    def seen(self) -> tuple[int, int]:
        """Height and width of the images that the network sees, in pixels."""
        crop = self.recipe.crop_size
        return (crop, crop) if crop else (self.height, self.width)

    def metadata(self) -> dict[str, str]:
        """Return what is kept with the weights: values as JSON."""
        told = {
            "class_names": list(self.class_names),
            "genotype": to_dict(self.genotype),
            "recipe": self.recipe.to_dict(),
            "mean": list(self.mean),
            "std": list(self.std),
            "image_size": list(self.seen),
        }
        return {name: json.dumps(value) for name, value in told.items()}
