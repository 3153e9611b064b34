"""The algebra of folded norms: from sums over pixels to matrices and biases, and back.

See pdarts_core.mixed.folded for what is computed.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pdarts_core.kernels import launching
from pdarts_core.kernels.launching import at_least_16
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
    """Of the 1×1 convolutions, [V, O, C]; empty where none was asked for."""
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
        pointwise: 1×1 convolutions of the first V maps, [V, O, C]; the others have none, and as
            many outputs as channels.
        shares: [U], or None.
        running: what is moved.
        pixels: how many were added up.
        count: how many of them are not there twice, for the unbiased variance.
        epsilon: is added to variances.
        momentum: how far running statistics move.
    """
    numbers = [pixels, count], [epsilon, momentum]
    return Folded(*_fold(list(moments), pointwise, shares, *running, *numbers))


def unfold(
    sums: PixelSums,
    folded: Folded,
    pointwise: Tensor,
    *,
    pixels: int,
    processes: int,
    wants_pointwise: bool,
    of_shares: Tensor | None,
) -> FoldedGradients:
    """Return what reaches weights and maps through a folded norm.

    Args:
        sums: over pixels, of g yᵀ and g, where g is the gradient of what was normalised.
        folded: what the forward pass made.
        pointwise: the 1×1 convolutions, [V, O, C].
        pixels: how many were added up.
        processes: by how many gradients of weights and shares will be added up once more.
        wants_pointwise: whether the 1×1 convolutions need a gradient.
        of_shares: takes what reaches the shares, [U]; None if it is not asked for.
    """
    kept, numbers = list(folded[:5]), [pixels, processes]
    made = _unfold(list(sums), pointwise, kept, numbers, wants_pointwise, of_shares)
    return FoldedGradients(*made)


@torch.library.custom_op("pdarts::fold_norm", mutates_args=("running_mean", "running_variance"))
def _fold(
    moments: Sequence[Tensor],
    pointwise: Tensor,
    shares: Tensor | None,
    running_mean: Tensor,
    running_variance: Tensor,
    counts: Sequence[int],
    constants: Sequence[float],
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    (products, totals), made = moments, _folded(moments, pointwise)
    (epsilon, momentum), (given, outs, ins) = constants, pointwise.shape
    units = products.shape[1]
    block_outs = at_least_16(outs, _MOST_CHANNELS)
    launching.launch(
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
        given,
        outs,
        ins,
        *counts,
        epsilon=epsilon,
        momentum=momentum,
        block_parts=_BLOCK_PARTS,
        block_outs=block_outs,
        block_ins=at_least_16(ins, _MOST_CHANNELS),
    )
    return made


def _fold_fake(
    moments: Sequence[Tensor], pointwise: Tensor, *_others: object
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    return _folded(moments, pointwise)


_fold.register_fake(_fold_fake)


def _folded(
    moments: Sequence[Tensor], pointwise: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    units, (_, outs, ins) = moments[0].shape[1], pointwise.shape
    mean, biases = pointwise.new_empty(units, ins), pointwise.new_empty(units, outs)
    spread, matrices = (pointwise.new_empty(units, outs, ins) for _ in range(2))
    out_mean, inverse, scale = (pointwise.new_empty(units, outs) for _ in range(3))
    return mean, spread, out_mean, inverse, scale, matrices, biases


@torch.library.custom_op("pdarts::unfold_norm", mutates_args=("of_shares",))
def _unfold(
    sums: Sequence[Tensor],
    pointwise: Tensor,
    kept: Sequence[Tensor],
    counts: Sequence[int],
    wants_pointwise: bool,  # noqa: FBT001  of torch's operations, all arguments have a place
    of_shares: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor]:
    products, totals = sums
    made = _unfolded(sums, pointwise, wants_pointwise)
    units, (given, outs, ins) = products.shape[1], pointwise.shape
    block_ins = at_least_16(ins, _MOST_CHANNELS)
    tiles = -(-ins // block_ins)
    launching.launch(
        "folded_norm.unfold_norm",
        (units, tiles, tiles),
        products,
        totals,
        pointwise.contiguous(),
        *kept,
        made[0] if wants_pointwise else None,
        of_shares,
        *made[1:],
        len(products),
        units,
        given,
        totals.shape[1],
        outs,
        ins,
        *counts,
        block_parts=_BLOCK_PARTS,
        block_outs=at_least_16(outs, _MOST_CHANNELS),
        block_ins=block_ins,
    )
    return made


def _unfold_fake(
    sums: Sequence[Tensor],
    pointwise: Tensor,
    _kept: Sequence[Tensor],
    _counts: Sequence[int],
    wants_pointwise: bool,  # noqa: FBT001
    _of_shares: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor]:
    return _unfolded(sums, pointwise, wants_pointwise)


_unfold.register_fake(_unfold_fake)


def _unfolded(
    sums: Sequence[Tensor],
    pointwise: Tensor,
    wants_pointwise: bool,  # noqa: FBT001
) -> tuple[Tensor, Tensor, Tensor]:
    units, (given, outs, ins) = sums[0].shape[1], pointwise.shape
    return (
        pointwise.new_empty(given if wants_pointwise else 0, outs, ins),
        pointwise.new_empty(units, ins, ins),
        pointwise.new_empty(units, ins),
    )
