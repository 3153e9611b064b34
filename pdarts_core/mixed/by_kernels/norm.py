"""Folded batch norm with kernels of our own: the function of `folded_batch`, in few launches.

Maps lie side by side, and every kernel takes all of them at once: sums over pixels, the norm's
algebra, and the products with the matrices that follow from it; as many backward.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pdarts_core.kernels.folded_norm import Folded, fold, unfold
from pdarts_core.kernels.launching import rows_of
from pdarts_core.kernels.pixel_affine import affine_maps, affine_maps_gradient
from pdarts_core.kernels.pixel_products import PixelSums, pixel_squares, pixel_sums
from pdarts_core.kernels.skip_sum import Skips
from pdarts_core.mixed.batch_statistics import EPSILON, MOMENTUM, BatchNorm
from pdarts_core.mixed.side_by_side import as_map
from pdarts_core.parallel.batch_share import BatchShare


def normalise(
    rows: Tensor, norm: BatchNorm, output: Tensor, *, count: int, skips: Skips | None = None
) -> Folded:
    """Convolve and normalise maps; return what the backward pass needs.

    Args:
        rows: pixels of maps side by side, [P, U·C].
        norm: how.
        output: takes the results, [P, U·O], or their sum, [P, O].
        count: how many pixels the batch has of which these are a part, for the unbiased variance.
        skips: what is added to a sum.
    """
    folded = fold(
        _of_all(norm.share, pixel_squares(rows, norm.pointwise.shape[2])),
        norm.pointwise,
        norm.shares,
        norm.running,
        pixels=norm.pixels(rows),
        count=count,
        epsilon=EPSILON,
        momentum=MOMENTUM,
    )
    summed = norm.shares is not None
    affine_maps(rows, folded.matrices, folded.biases, output, summed=summed, skips=skips)
    return folded


def normalise_gradients(
    grads: Tensor,
    rows: Tensor,
    norm: BatchNorm,
    folded: Folded,
    *,
    of_maps: Tensor,
    of_shares: Tensor | None,
    wants_pointwise: bool,
) -> Tensor | None:
    """Find what reaches maps, shares and 1×1 convolutions; return the latter if they are wanted.

    Args:
        grads: of what `normalise` wrote.
        rows: as they were given to it.
        norm: see there.
        folded: what it returned.
        of_maps: takes what reaches the maps, [P, U·C].
        of_shares: takes what reaches the shares, [U]; None if it is not asked for.
        wants_pointwise: whether the 1×1 convolutions need a gradient.
    """
    gradients = unfold(
        _of_all(norm.share, pixel_sums(grads, rows, *norm.pointwise.shape[1:])),
        folded,
        norm.pointwise,
        pixels=norm.pixels(rows),
        # The sums are of all images by now, and will be added up once more.
        processes=norm.share.processes,
        wants_pointwise=wants_pointwise,
        of_shares=of_shares,
    )
    affine_maps_gradient(
        grads, rows, folded.matrices, gradients.through, gradients.constant, of_maps
    )
    return gradients.pointwise if wants_pointwise else None


def folded_by_kernels(maps: Tensor, norm: BatchNorm) -> Tensor:
    """Convolve and normalise U maps side by side, [N, U·C, H, W], as one function with gradients.

    Returns [N, U·O, H, W], or their sum [N, O, H, W] with shares.
    """
    apply: Callable[..., Tensor] = _FoldedByKernels.apply
    with torch.autocast(maps.device.type, enabled=False):
        return apply(norm, norm.pointwise, norm.shares, maps)


class _FoldedByKernels(torch.autograd.Function):
    """Takes a BatchNorm, and of it 1×1 convolutions and shares or None; and maps."""

    @staticmethod
    def forward(
        ctx: Any, norm: BatchNorm, pointwise: Tensor, shares: Tensor | None, maps: Tensor
    ) -> Tensor:
        (_, outs, ins), rows = pointwise.shape, rows_of(maps)
        results = 1 if shares is not None else maps.shape[1] // ins
        output = rows.new_empty(len(rows), results * outs)
        count = norm.share.images_of(maps) * maps.shape[2] * maps.shape[3]
        folded = normalise(rows, norm, output, count=count)
        ctx.norm = norm
        ctx.save_for_backward(shares, maps, *folded)
        return as_map(output, maps.shape[2:])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        shares, maps, *folded = ctx.saved_tensors
        rows = rows_of(maps)
        of_maps = torch.empty_like(rows)
        of_shares = None if shares is None else torch.empty_like(shares)
        of_pointwise = normalise_gradients(
            rows_of(grads[0]),
            rows,
            ctx.norm,
            Folded(*folded),
            of_maps=of_maps,
            of_shares=of_shares,
            wants_pointwise=ctx.needs_input_grad[1],
        )
        return None, of_pointwise, of_shares, as_map(of_maps, maps.shape[2:])


def _of_all(share: BatchShare, sums: PixelSums) -> PixelSums:
    """Return sums over the pixels of all processes, which exchange them in one piece."""
    if share.is_alone:
        return sums
    return PixelSums(*share.add_up_all(sums.added_up()))
