"""Weights in the published layout: the names that P-DARTS' own code gives to parameters.

DARTS' code gives the same names. This project's own are those of `Network`.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from pdarts_core.mixed.skeleton import SearchSkeleton, weights_and_statistics
from pdarts_core.network import Network
from pdarts_core.tensors.fit import PublishedWeightsError, check_fit, fit
from pdarts_core.tensors.names import published_name

__all__ = [
    "PublishedWeightsError",
    "load_network_weights",
    "load_published_weights",
    "published_name",
    "published_tensors",
]


@torch.no_grad()
def load_published_weights(
    network: SearchSkeleton | Network, state_dict: Mapping[str, Tensor]
) -> None:
    """Load weights and batch-norm statistics into a network, from the published layout.

    Each must be there, in its shape, and no others; batch norm's counters of batches, which nothing
    depends on, are optional. Either everything is loaded or nothing.

    Raises:
        PublishedWeightsError: a name is missing or unknown, or a shape differs.
    """
    own = published_tensors(network)
    given = {k: v for k, v in state_dict.items() if not k.endswith(".num_batches_tracked")}
    check_fit(_shapes(own), _shapes(given))
    for name, tensor in own.items():
        tensor.copy_(given[name])


@torch.no_grad()
def load_network_weights(network: Network, weights: Mapping[str, Tensor]) -> None:
    """Load weights and batch-norm statistics in this project's names, or in the published ones.

    Names may begin with `module.`, as those of parallel training do. An auxiliary head is loaded if
    all of one that fits is there; else the network's stays as it is, since only training uses it.
    (That of DARTS for ImageNet lacks a batch norm.) Either everything is loaded or nothing.

    Raises:
        PublishedWeightsError: a name is missing or unknown, or a shape differs.
    """
    own = dict(weights_and_statistics(network))
    for name, given in fit(_shapes(own), _shapes(weights)).items():
        own[name].copy_(weights[given])


def published_tensors(network: SearchSkeleton | Network) -> dict[str, Tensor]:
    """Return a network's own tensors, or views of them, by their names in the published layout."""
    if isinstance(network, Network):
        own = dict(weights_and_statistics(network))
    else:
        own = dict(network.per_edge_tensors())
        own["alphas_normal"] = network.alphas_normal.detach()
        own["alphas_reduce"] = network.alphas_reduce.detach()
    return {published_name(name): tensor for name, tensor in own.items()}


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}
