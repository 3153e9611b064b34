"""The algebra of folded norms: from sums over pixels to matrices and biases, and back.

See pdarts_core.mixed.folded for what is computed.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from pdarts_core.kernels.launching import at_least_16, launch
from pdarts_core.kernels.pixel_products import PixelSums

_BLOCK_PARTS = 4
_MOST_CHANNELS = 32


class Folded(NamedTuple):
    """What a batch's norm becomes, and what its gradients need."""

    mean: Tensor
    """Of the maps, [U, C]."""
    spread: Tensor
    """1×1 convolutions times covariances, [U, O, C]."""
    out_mean: Tensor
    """Of what is normalised, [U, O]."""
    inverse: Tensor
    """Of its standard deviation, [U, O]."""
    scale: Tensor
    """The same times the maps' shares, [U, O]."""
    matrices: Tensor
    """[U, O, C]."""
    biases: Tensor
    """[U, O]."""


class FoldedGradients(NamedTuple):
    """What a batch's norm does to gradients."""

    pointwise: Tensor
    """Of the 1×1 convolutions, [U, O, C]; empty where none was asked for."""
    shares: Tensor
    """[U]; empty where there are no shares."""
    through: Tensor
    """T, symmetric [U, C, C]: maps y get T y + c through means and variances."""
    constant: Tensor
    """c, [U, C]."""


class Running(NamedTuple):
    """Running statistics [U, O], which a batch moves as batch norm does."""

    mean: Tensor
    variance: Tensor


def fold(
    moments: PixelSums,
    pointwise: Tensor,
    shares: Tensor | None,
    running: Running,
    *,
    pixels: int,
    count: int,
    epsilon: float,
    momentum: float,
) -> Folded:
    """Fold a batch's norm into matrices and biases, and move the running statistics.

    Args:
        moments: sums over pixels of y yᵀ and y for U maps of C channels.
        pointwise: a 1×1 convolution for each map, [U, O, C].
        shares: [U], or None.
        running: what is moved.
        pixels: how many were added up.
        count: how many of them are not there twice, for the unbiased variance.
        epsilon: is added to variances.
        momentum: how far running statistics move.
    """
    return Folded(*_fold(*moments, pointwise, shares, *running, pixels, count, epsilon, momentum))


def unfold(
    sums: PixelSums,
    folded: Folded,
    pointwise: Tensor,
    *,
    pixels: int,
    processes: int,
    wants_pointwise: bool,
    wants_shares: bool,
) -> FoldedGradients:
    """Return what reaches weights, shares and maps through a folded norm.

    Args:
        sums: over pixels, of g yᵀ and g, where g is the gradient of what was normalised.
        folded: what the forward pass made.
        pointwise: the 1×1 convolutions, [U, O, C].
        pixels: how many were added up.
        processes: by how many gradients of weights and shares will be added up once more.
        wants_pointwise: whether the 1×1 convolutions need a gradient.
        wants_shares: whether there are shares.
    """
    kept = folded[:5]
    wants = [wants_pointwise, wants_shares]
    return FoldedGradients(*_unfold(*sums, pointwise, *kept, pixels, processes, wants))


@torch.library.custom_op(
    "pdarts::fold_norm", mutates_args=("running_mean", "running_variance")
)
def _fold(
    products: Tensor,
    totals: Tensor,
    pointwise: Tensor,
    shares: Tensor | None,
    running_mean: Tensor,
    running_variance: Tensor,
    pixels: int,
    count: int,
    epsilon: float,
    momentum: float,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    made = _folded(pointwise)
    units, outs, ins = pointwise.shape
    block_outs = at_least_16(outs, _MOST_CHANNELS)
    launch(
        "folded_norm.fold_norm",
        (units, -(-outs // block_outs)),
        totals,
        products,
        pointwise.contiguous(),
        shares,
        running_mean,
        running_variance,
        *made,
        len(products),
        units,
        outs,
        ins,
        pixels,
        count,
        epsilon=epsilon,
        momentum=momentum,
        block_parts=_BLOCK_PARTS,
        block_outs=block_outs,
        block_ins=at_least_16(ins, _MOST_CHANNELS),
    )
    return made


@_fold.register_fake
def _fold_fake(
    _products: Tensor, _totals: Tensor, pointwise: Tensor, *_others: object
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    return _folded(pointwise)


def _folded(pointwise: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    units, outs, ins = pointwise.shape
    mean, biases = pointwise.new_empty(units, ins), pointwise.new_empty(units, outs)
    spread, matrices = (pointwise.new_empty(units, outs, ins) for _ in range(2))
    out_mean, inverse, scale = (pointwise.new_empty(units, outs) for _ in range(3))
    return mean, spread, out_mean, inverse, scale, matrices, biases


@torch.library.custom_op("pdarts::unfold_norm", mutates_args=())
def _unfold(
    products: Tensor,
    totals: Tensor,
    pointwise: Tensor,
    mean: Tensor,
    spread: Tensor,
    out_mean: Tensor,
    inverse: Tensor,
    scale: Tensor,
    pixels: int,
    processes: int,
    wants: list[bool],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    made = _unfolded(pointwise, wants)
    grad_pointwise, grad_shares, through, constant = made
    units, outs, ins = pointwise.shape
    block_ins = at_least_16(ins, _MOST_CHANNELS)
    tiles = -(-ins // block_ins)
    launch(
        "folded_norm.unfold_norm",
        (units, tiles, tiles),
        products,
        totals,
        pointwise.contiguous(),
        mean,
        spread,
        out_mean,
        inverse,
        scale,
        *(tensor if wanted else None for tensor, wanted in zip(made[:2], wants, strict=True)),
        through,
        constant,
        len(products),
        units,
        totals.shape[1],
        outs,
        ins,
        pixels,
        processes,
        block_parts=_BLOCK_PARTS,
        block_outs=at_least_16(outs, _MOST_CHANNELS),
        block_ins=block_ins,
    )
    return grad_pointwise, grad_shares, through, constant


@_unfold.register_fake
def _unfold_fake(
    _products: Tensor, _totals: Tensor, pointwise: Tensor, *others: object
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return _unfolded(pointwise, others[-1])


def _unfolded(pointwise: Tensor, wants: list[bool]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    units, outs, ins = pointwise.shape
    wants_pointwise, wants_shares = wants
    return (
        pointwise.new_empty(units if wants_pointwise else 0, outs, ins),
        pointwise.new_empty(units if wants_shares else 0),
        pointwise.new_empty(units, ins, ins),
        pointwise.new_empty(units, ins),
    )
