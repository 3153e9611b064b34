"""Weights drawn from a given generator, the same for every way to store them."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from pdarts_core.space.alphas import DRAW_DEVIATION


@torch.no_grad()
def draw_weights(
    tensors: Iterable[tuple[str, Tensor]], generator: torch.Generator | None = None
) -> None:
    """Fill weights in place, in the order given: uniform within ±1/√(inputs of one output).

    Takes pairs of a name and a tensor, in the per-edge layout: convolutions [out, in, h, w] and
    linear layers [out, in], each linear weight right before its bias. Other tensors (those of
    batch norm, which start at 0 and 1) stay as they are.
    """
    fan_in = 0
    for name, tensor in tensors:
        if tensor.dim() in {2, 4}:
            fan_in = math.prod(tensor.shape[1:])
        elif not name.endswith("classifier.bias"):
            continue
        bound = 1 / math.sqrt(fan_in)
        tensor.uniform_(-bound, bound, generator=generator)


def draw_alphas(
    edges: int, operations: int, generator: torch.Generator | None = None
) -> torch.nn.Parameter:
    """Return new architecture parameters [edges, operations]: 1e-3·N(0, 1)."""
    return torch.nn.Parameter(DRAW_DEVIATION * torch.randn(edges, operations, generator=generator))
