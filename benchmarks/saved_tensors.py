"""How much memory a network keeps for its backward pass, measured tensor by tensor."""

import weakref
from collections.abc import Callable

import torch
from torch import Tensor, nn


class _Kept:
    """A tensor that a backward pass will read, for as long as its node of the graph lives."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


def saved_bytes(forward: Callable[[], Tensor], network: nn.Module) -> int:
    """Run a forward pass and return the bytes that its backward pass keeps.

    What several operations keep is counted once; the network's own weights are left out.
    """
    references: list[weakref.ref[_Kept]] = []

    def keep(tensor: Tensor) -> _Kept:
        kept = _Kept(tensor)
        references.append(weakref.ref(kept))
        return kept

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda kept: kept.tensor):
        loss = forward()
    own = {_storage(tensor) for tensor in [*network.parameters(), *network.buffers()]}
    alive = [kept.tensor for reference in references if (kept := reference()) is not None]
    sizes = {_storage(tensor): tensor.untyped_storage().nbytes() for tensor in alive}
    del loss
    return sum(size for place, size in sizes.items() if place not in own)


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()
