"""Weights in the published layout: the names that P-DARTS' own code gives to parameters."""

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from pdarts_core.mixed.skeleton import SearchSkeleton, weights_and_statistics
from pdarts_core.network import Network

_PUBLISHED: Mapping[str, str] = MappingProxyType(
    {
        "edges": "cell_ops",
        "operations": "m_ops",
        "entries": "_ops",
        "layers": "op",
        "even": "conv_1",
        "odd": "conv_2",
        "norm": "bn",
    }
)
"""What a part of a parameter's name is called in the published layout, where it differs."""

_NAMED = 5
"""How many names an error spells out."""


class PublishedWeightsError(ValueError):
    """The weights do not fit the network; the message names those that do not fit."""


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
    _refuse("missing tensors", [name for name in own if name not in given])
    _refuse("unknown tensors", [name for name in given if name not in own])
    _refuse(
        "tensors of the wrong shape",
        [
            f"{name} {list(given[name].shape)}, expected {list(tensor.shape)}"
            for name, tensor in own.items()
            if given[name].shape != tensor.shape
        ],
    )
    for name, tensor in own.items():
        tensor.copy_(given[name])


def published_tensors(network: SearchSkeleton | Network) -> dict[str, Tensor]:
    """Return a network's own tensors, or views of them, by their names in the published layout."""
    if isinstance(network, Network):
        own = dict(weights_and_statistics(network))
    else:
        own = dict(network.per_edge_tensors())
        own["alphas_normal"] = network.alphas_normal.detach()
        own["alphas_reduce"] = network.alphas_reduce.detach()
    return {published_name(name): tensor for name, tensor in own.items()}


def published_name(name: str) -> str:
    """Return the published name of a parameter of PlainSearchNetwork or Network."""
    return ".".join(_PUBLISHED.get(part, part) for part in name.split("."))


def _refuse(problem: str, names: list[str]) -> None:
    if not names:
        return
    shown = ", ".join(names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    raise PublishedWeightsError(f"{problem} ({len(names)}): {shown}{more}")
