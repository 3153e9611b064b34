"""Folded batch norm with kernels of our own: the function of `folded_batch`, in few launches.

Maps are copied side by side, and then every kernel takes all of them at once: sums over pixels,
the norm's algebra, and the products with the matrices that follow from it; as many backward.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pdarts_core.kernels.folded_norm import Folded, Running, fold, unfold
from pdarts_core.kernels.launching import rows_of
from pdarts_core.kernels.pixel_affine import affine_maps, affine_maps_gradient
from pdarts_core.kernels.pixel_products import PixelSums, pixel_squares, pixel_sums
from pdarts_core.mixed.batch_statistics import EPSILON, MOMENTUM
from pdarts_core.mixed.side_by_side import as_map
from pdarts_core.parallel.batch_share import BatchShare


def folded_by_kernels(
    maps: Sequence[Tensor],
    pointwise: Tensor,
    shares: Tensor | None,
    running: Running,
    share: BatchShare,
) -> tuple[Tensor, ...]:
    """Convolve 1×1 and normalise with the batch's statistics, which move the running ones.

    Args and what is returned are as `folded_batch`'s.
    """
    apply: Callable[..., tuple[Tensor, ...]] = _FoldedByKernels.apply
    with torch.autocast(maps[0].device.type, enabled=False):
        return apply(pointwise, shares, running, share, *maps)


class _FoldedByKernels(torch.autograd.Function):
    """Takes pointwise [U, O, C], shares [U] or None, Running, a BatchShare, and maps."""

    @staticmethod
    def forward(
        ctx: Any,
        pointwise: Tensor,
        shares: Tensor | None,
        running: Running,
        share: BatchShare,
        *maps: Tensor,
    ) -> tuple[Tensor, ...]:
        _, outs, ins = pointwise.shape
        ctx.widths = [y.shape[1] for y in maps]
        ctx.share, ctx.has_shares = share, shares is not None
        whole = _joined(maps)
        rows = rows_of(whole)
        ctx.pixels = round(len(rows) / share.weight)
        folded = fold(
            _of_all(share, pixel_squares(rows, ins)),
            pointwise,
            shares,
            running,
            pixels=ctx.pixels,
            count=share.images_of(whole) * whole.shape[2] * whole.shape[3],
            epsilon=EPSILON,
            momentum=MOMENTUM,
        )
        ctx.save_for_backward(pointwise, whole, *folded)
        output = affine_maps(rows, folded.matrices, folded.biases, summed=ctx.has_shares)
        result = as_map(output, whole)
        if ctx.has_shares or len(maps) == 1:
            return (result,)
        ctx.out_widths = [width // ins * outs for width in ctx.widths]
        return tuple(torch.split(result, ctx.out_widths, dim=1))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        pointwise, whole, *kept = ctx.saved_tensors
        folded = Folded(*kept)
        rows, grad_rows = rows_of(whole), rows_of(_joined(grads))
        gradients = unfold(
            _of_all(ctx.share, pixel_sums(grad_rows, rows, *pointwise.shape[1:])),
            folded,
            pointwise,
            pixels=ctx.pixels,
            # They are of all images by now, and will be added up once more.
            processes=ctx.share.processes,
            wants_pointwise=ctx.needs_input_grad[0],
            wants_shares=ctx.has_shares,
        )
        of_maps = affine_maps_gradient(
            grad_rows, rows, folded.matrices, gradients.through, gradients.constant
        )
        return (
            gradients.pointwise if ctx.needs_input_grad[0] else None,
            gradients.shares if ctx.has_shares else None,
            None,
            None,
            *torch.split(as_map(of_maps, whole), ctx.widths, dim=1),
        )


def _joined(maps: Sequence[Tensor]) -> Tensor:
    return maps[0] if len(maps) == 1 else torch.cat(tuple(maps), dim=1)


def _of_all(share: BatchShare, sums: PixelSums) -> PixelSums:
    """Return sums over the pixels of all processes, which exchange them in one piece."""
    if share.is_alone:
        return sums
    return PixelSums(*share.add_up_all(sums.added_up()))
