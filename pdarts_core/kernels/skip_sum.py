"""The sum of several states, each with a share and after dropout."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pdarts_core.kernels import launching

MOST_STATES = 5
"""As many edges as end in a cell's last node; the kernels are written for these."""
_BLOCK = 1024


class Dropout(NamedTuple):
    """What is drawn for a sum, and what decides whether elements stay."""

    bits: Tensor | None
    """16 for each element, int16 [S, elements]; None where all stay."""
    threshold: Tensor
    """Elements stay whose bits are at least this: int16 []."""
    scale: Tensor
    """What those that stay are multiplied with, []."""


class Skips(NamedTuple):
    """The skip-connects of a node."""

    states: Sequence[Tensor]
    """From one to five, pixels [P, C] each."""
    shares: Tensor
    """[S]."""
    dropout: Dropout
    """Of each."""


def skip_sum(skips: Skips, output: Tensor) -> None:
    """Write Σ share · dropout(state), [P, C], into `output`."""
    _skip_sum(output, *flat(skips))


def flat(skips: Skips | None) -> tuple[list[Tensor], list[Tensor], Tensor | None]:
    """Return skip-connects, or none, as torch's operations take them."""
    if skips is None:
        return [], [], None
    bits, threshold, scale = skips.dropout
    return list(skips.states), [skips.shares, threshold, scale], bits


def as_arguments(
    states: Sequence[Tensor], others: Sequence[Tensor], bits: Tensor | None
) -> Sequence[Tensor | int | None]:
    """Return what `flat` does as programs take it; with the rows of states and bits."""
    missing = MOST_STATES - len(states)
    if not states:
        return [None] * (missing + 1 + len(Dropout._fields)) + [0] * (missing + 1)
    filled_up = [*states, *[states[0]] * missing]
    rows = [state.stride(0) for state in filled_up]
    shares, threshold, scale = others
    step = 0 if bits is None else bits.stride(0)
    return [*filled_up, shares, bits, threshold, scale, *rows, step]


@torch.library.custom_op("pdarts::skip_sum", mutates_args=("output",))
def _skip_sum(
    output: Tensor, states: Sequence[Tensor], others: Sequence[Tensor], bits: Tensor | None
) -> None:
    block = launching.block_of(output, output.numel(), _BLOCK)
    launching.launch(
        "skip_sum.skip_sum",
        (-(-output.numel() // block),),
        output,
        *as_arguments(states, others, bits),
        output.numel(),
        output.shape[1],
        output.stride(0),
        states=len(states),
        block=block,
    )
