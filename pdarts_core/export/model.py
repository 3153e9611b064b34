"""A trained network, and all that one must know to use it."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from pdarts_core.forms.description import ModelDescription
from pdarts_core.interop import load_network_weights
from pdarts_core.network import Network


@dataclass(frozen=True, kw_only=True)
class Model(ModelDescription):
    """What an evaluation ends with."""

    weights: Mapping[str, Tensor]
    """A state dict of `Network`, with or without auxiliary head."""

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
