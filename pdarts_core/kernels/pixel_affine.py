"""Matrices and biases applied to the channels of every pixel of many maps."""

import torch
from torch import Tensor

from pdarts_core.kernels import launching
from pdarts_core.kernels.launching import at_least_16

_BLOCK_PIXELS = 64
_MOST_CHANNELS = 32


def affine_maps(rows: Tensor, matrices: Tensor, biases: Tensor, *, summed: bool) -> Tensor:
    """Return A y + b for each map, [P, U·O], or the sum over all maps, [P, O].

    Args:
        rows: y, pixels of U maps side by side, [P, U·C].
        matrices: A, [U, O, C].
        biases: b, [U, O].
        summed: whether the results are added up.
    """
    applied: Tensor = _affine(rows, matrices, biases, len(matrices) if summed else 1)
    return applied


def affine_maps_gradient(
    grads: Tensor, rows: Tensor, matrices: Tensor, through: Tensor, constant: Tensor
) -> Tensor:
    """Return Aᵀ g + T y + c for each map, [P, U·C].

    Args:
        grads: g, [P, U·O], or [P, O] where all maps have the same.
        rows: y, [P, U·C].
        matrices: A, [U, O, C].
        through: T, symmetric, [U, C, C].
        constant: c, [U, C].
    """
    of_maps: Tensor = _affine_gradient(grads, rows, matrices, through, constant)
    return of_maps


@torch.library.custom_op("pdarts::affine", mutates_args=())
def _affine(rows: Tensor, matrices: Tensor, biases: Tensor, together: int) -> Tensor:
    output = _empty(rows, matrices, biases, together)
    units, outs, ins = matrices.shape
    launching.launch(
        "pixel_affine.affine",
        _grid(rows, units // together, outs),
        rows,
        matrices,
        biases,
        output,
        len(rows),
        outs,
        ins,
        rows.stride(0),
        output.stride(0),
        together,
        block_pixels=launching.block_of_pixels(rows, _BLOCK_PIXELS),
        block_outs=at_least_16(outs, _MOST_CHANNELS),
        block_ins=at_least_16(ins, _MOST_CHANNELS),
    )
    return output


def _empty(rows: Tensor, matrices: Tensor, _biases: Tensor, together: int) -> Tensor:
    units, outs, _ = matrices.shape
    return rows.new_empty(len(rows), units // together * outs)


_affine.register_fake(_empty)


@torch.library.custom_op("pdarts::affine_gradient", mutates_args=())
def _affine_gradient(
    grads: Tensor, rows: Tensor, matrices: Tensor, through: Tensor, constant: Tensor
) -> Tensor:
    output = _empty_gradient(grads, rows, matrices, through, constant)
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
    return output


def _empty_gradient(_grads: Tensor, rows: Tensor, *_others: Tensor) -> Tensor:
    return rows.new_empty(rows.shape)


_affine_gradient.register_fake(_empty_gradient)


def _grid(rows: Tensor, groups: int, channels: int) -> tuple[int, int, int]:
    block = at_least_16(channels, _MOST_CHANNELS)
    return (
        -(-len(rows) // launching.block_of_pixels(rows, _BLOCK_PIXELS)),
        groups,
        -(-channels // block),
    )
