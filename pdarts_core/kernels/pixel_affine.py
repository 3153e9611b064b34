"""Matrices and biases applied to the channels of every pixel of many maps."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pdarts_core.kernels import launching
from pdarts_core.kernels.launching import at_least_16
from pdarts_core.kernels.skip_sum import Skips, as_arguments, flat

_BLOCK_PIXELS = 64
_MOST_CHANNELS = 32


def affine_maps(
    rows: Tensor,
    matrices: Tensor,
    biases: Tensor,
    output: Tensor,
    *,
    summed: bool,
    skips: Skips | None = None,
) -> None:
    """Write A y + b for each map, [P, U·O], or the sum over all maps, [P, O].

    Args:
        rows: y, pixels of U maps side by side, [P, U·C].
        matrices: A, [U, O, C].
        biases: b, [U, O].
        output: takes the results.
        summed: whether they are added up.
        skips: what is added to a sum.
    """
    together = len(matrices) if summed else 1
    _affine([rows, matrices, biases], together, output, *flat(skips))


def affine_maps_gradient(
    grads: Tensor,
    rows: Tensor,
    matrices: Tensor,
    through: Tensor,
    constant: Tensor,
    output: Tensor,
) -> None:
    """Write Aᵀ g + T y + c for each map, [P, U·C].

    Args:
        grads: g, [P, U·O], or [P, O] where all maps have the same.
        rows: y, [P, U·C].
        matrices: A, [U, O, C].
        through: T, symmetric, [U, C, C].
        constant: c, [U, C].
        output: takes the results.
    """
    _affine_gradient(grads, rows, matrices, through, constant, output)


@torch.library.custom_op("pdarts::affine", mutates_args=("output",))
def _affine(
    given: Sequence[Tensor],
    together: int,
    output: Tensor,
    states: Sequence[Tensor],
    others: Sequence[Tensor],
    bits: Tensor | None,
) -> None:
    rows, matrices, biases = given
    units, outs, ins = matrices.shape
    launching.launch(
        "pixel_affine.affine",
        _grid(rows, units // together, outs),
        rows,
        matrices,
        biases,
        output,
        *as_arguments(states, others, bits),
        len(rows),
        outs,
        ins,
        rows.stride(0),
        output.stride(0),
        together,
        states=len(states),
        block_pixels=launching.block_of_pixels(rows, _BLOCK_PIXELS),
        block_outs=at_least_16(outs, _MOST_CHANNELS),
        block_ins=at_least_16(ins, _MOST_CHANNELS),
    )


@torch.library.custom_op("pdarts::affine_gradient", mutates_args=("output",))
def _affine_gradient(
    grads: Tensor,
    rows: Tensor,
    matrices: Tensor,
    through: Tensor,
    constant: Tensor,
    output: Tensor,
) -> None:
    units, outs, ins = matrices.shape
    launching.launch(
        "pixel_affine.affine_gradient",
        _grid(rows, units, ins),
        grads,
        rows,
        matrices,
        through,
        constant,
        output,
        len(rows),
        outs,
        ins,
        grads.stride(0),
        outs if grads.shape[1] == units * outs else 0,
        rows.stride(0),
        output.stride(0),
        block_pixels=launching.block_of_pixels(rows, _BLOCK_PIXELS),
        block_outs=at_least_16(outs, _MOST_CHANNELS),
        block_ins=at_least_16(ins, _MOST_CHANNELS),
    )


def _grid(rows: Tensor, groups: int, channels: int) -> tuple[int, int, int]:
    block = at_least_16(channels, _MOST_CHANNELS)
    return (
        -(-len(rows) // launching.block_of_pixels(rows, _BLOCK_PIXELS)),
        groups,
        -(-channels // block),
    )
