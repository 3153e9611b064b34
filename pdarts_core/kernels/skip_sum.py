"""The sum of several states, each with a share and after dropout."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pdarts_core.kernels import launching
from pdarts_core.kernels.pixel_products import accumulated_in

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


def skip_sum(
    base: Tensor | None, states: Sequence[Tensor], shares: Tensor, dropout: Dropout
) -> Tensor:
    """Return base + Σ share · dropout(state), [P, C].

    Args:
        base: [P, C] without gaps in memory, or None.
        states: up to 5, [P, C] each without gaps.
        shares: [S].
        dropout: of each.
    """
    total: Tensor = _skip_sum(base, list(states), shares, *dropout)
    return total


def skip_sum_gradients(
    grad: Tensor,
    states: Sequence[Tensor],
    shares: Tensor,
    dropout: Dropout,
    *,
    wants_shares: bool,
) -> tuple[Tensor, Tensor | None]:
    """Return the gradients of states, [S, P, C], and, if they are wanted, of shares, [S].

    Args:
        grad: of the sum, [P, C].
        states: as they were given to `skip_sum`, as all others.
        shares: see there.
        dropout: see there.
        wants_shares: whether shares need a gradient.
    """
    of_states, parts = _skip_sum_gradients(grad, list(states), shares, *dropout, wants_shares)
    return of_states, parts.sum(0) if wants_shares else None


@torch.library.custom_op("pdarts::skip_sum", mutates_args=())
def _skip_sum(
    base: Tensor | None,
    states: Sequence[Tensor],
    shares: Tensor,
    bits: Tensor | None,
    threshold: Tensor,
    scale: Tensor,
) -> Tensor:
    output = _sum(base, states, shares, bits, threshold, scale)
    block = launching.block_of_pixels(output.view(-1), _BLOCK)
    launching.launch(
        "skip_sum.skip_sum",
        (-(-output.numel() // block),),
        output,
        base,
        *_filled_up(states),
        shares,
        bits,
        threshold,
        scale,
        output.numel(),
        0 if bits is None else bits.stride(0),
        states=len(states),
        block=block,
    )
    return output


def _sum(base: Tensor | None, states: Sequence[Tensor], *_others: object) -> Tensor:
    first = states[0]
    dtype = first.dtype if base is None else torch.promote_types(first.dtype, base.dtype)
    return first.new_empty(first.shape, dtype=dtype)


_skip_sum.register_fake(_sum)


@torch.library.custom_op("pdarts::skip_sum_gradients", mutates_args=())
def _skip_sum_gradients(
    grad: Tensor,
    states: Sequence[Tensor],
    shares: Tensor,
    bits: Tensor | None,
    threshold: Tensor,
    scale: Tensor,
    wants_shares: bool,  # noqa: FBT001  of torch's operations, all arguments have a place
) -> tuple[Tensor, Tensor]:
    of_states, parts = _gradients(grad, states, shares, bits, threshold, scale, wants_shares)
    block = launching.block_of_pixels(states[0].view(-1), _BLOCK)
    launching.launch(
        "skip_sum.skip_sum_gradient",
        (-(-grad.numel() // block),),
        grad,
        *_filled_up(states),
        shares,
        bits,
        threshold,
        scale,
        of_states,
        parts if wants_shares else None,
        grad.numel(),
        0 if bits is None else bits.stride(0),
        grad.shape[1],
        grad.stride(0),
        states=len(states),
        block=block,
    )
    return of_states, parts


def _gradients(
    grad: Tensor,
    states: Sequence[Tensor],
    shares: Tensor,
    _bits: Tensor | None,
    _threshold: Tensor,
    _scale: Tensor,
    wants_shares: bool,  # noqa: FBT001
) -> tuple[Tensor, Tensor]:
    first = states[0]
    programs = (
        -(-grad.numel() // launching.block_of_pixels(first.view(-1), _BLOCK)) if wants_shares else 0
    )
    of_states = first.new_empty(len(states), *first.shape)
    return of_states, first.new_empty(programs, len(states), dtype=accumulated_in(shares.dtype))


_skip_sum_gradients.register_fake(_gradients)


def _filled_up(states: Sequence[Tensor]) -> list[Tensor]:
    return [*states, *[states[0]] * (MOST_STATES - len(states))]
