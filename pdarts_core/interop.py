"""Weights in the published layout: the names that P-DARTS' own code gives to parameters.

DARTS' code gives the same names. This project's own are those of `Network`.
"""

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

_HEAD = "auxiliary_head."
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
    _load(own, given)


@torch.no_grad()
def load_network_weights(network: Network, weights: Mapping[str, Tensor]) -> None:
    """Load weights and batch-norm statistics in this project's names, or in the published ones.

    Names may begin with `module.`, as those of parallel training do. An auxiliary head is loaded if
    all of one that fits is there; else the network's stays as it is, since only training uses it.
    (That of DARTS for ImageNet lacks a batch norm.) Either everything is loaded or nothing.

    Raises:
        PublishedWeightsError: a name is missing or unknown, or a shape differs.
    """
    given = {
        name.removeprefix("module."): tensor
        for name, tensor in weights.items()
        if not name.endswith(".num_batches_tracked")
    }
    own = dict(weights_and_statistics(network))
    published = published_tensors(network)
    if len(given.keys() & published.keys()) > len(given.keys() & own.keys()):
        own = published
    head = {name for name in own if name.startswith(_HEAD)}
    if not head <= given.keys():
        own = {name: tensor for name, tensor in own.items() if name not in head}
    if own.keys().isdisjoint(head):
        given = {name: tensor for name, tensor in given.items() if not name.startswith(_HEAD)}
    _load(own, given)


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


def _load(own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> None:
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


def _refuse(problem: str, names: list[str]) -> None:
    if not names:
        return
    shown = ", ".join(names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    raise PublishedWeightsError(f"{problem} ({len(names)}): {shown}{more}")
