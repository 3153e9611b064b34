"""Depthwise fans with kernels of our own: ReLU and all convolutions of a state in one launch."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pdarts_core.kernels.depthwise_fan import (
    KINDS,
    Maps,
    Sizes,
    convolve,
    kernel_gradients,
    through_convolutions,
)
from pdarts_core.kernels.launching import rows_of

Weights = Mapping[tuple[int, int], Tensor]
"""Kernels [E, C, 1, k, k], by their width k and their dilation; kinds without any are left out."""


def rectified_fan(x: Tensor, weights: Weights, *, stride: int) -> tuple[Tensor, Tensor]:
    """Convolve the ReLU of x [N, C, H, W] depthwise with each of several kernels.

    Returns the maps of undilated and of dilated kernels, [N, n·C, ⌈H/stride⌉, ⌈W/stride⌉] each:
    the narrower kernels' first.
    """
    return _apply(x, weights, stride, shared=True)


def rectified_each(maps: Tensor, weights: Weights) -> Tensor:
    """Convolve the ReLU of each of U maps [N, U·C, H, W] depthwise with a kernel of its own.

    The kernels are undilated and of stride 1; the narrower ones belong to the first maps.
    """
    convolved, _ = _apply(maps, weights, stride=1, shared=False)
    return convolved


def _apply(x: Tensor, weights: Weights, stride: int, *, shared: bool) -> tuple[Tensor, Tensor]:
    channels = next(iter(weights.values())).shape[1]
    of_kinds = [
        weights.get((kernel, dilation), x.new_empty(0, channels, 1, kernel, kernel))
        for kernel, dilation in KINDS
    ]
    is_autocast = torch.is_autocast_enabled(x.device.type)
    dtype = torch.get_autocast_dtype(x.device.type) if is_autocast else x.dtype
    apply: Callable[..., tuple[Tensor, Tensor]] = _RectifiedFan.apply
    return apply(x, stride, shared, dtype, *of_kinds)


class _RectifiedFan(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, stride: int, shared: bool, dtype: torch.dtype, *weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(x, *weights)
        ctx.how = {"stride": stride, "shared": shared}
        sizes = Sizes(*x.shape[2:])
        undilated, dilated = convolve(rows_of(x), weights, sizes, **ctx.how, dtype=dtype)
        ctx.out_sizes = sizes.after(stride)
        ctx.widths = undilated.shape[1], dilated.shape[1]
        return _as_map(undilated, ctx.out_sizes), _as_map(dilated, ctx.out_sizes)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        x, *weights = ctx.saved_tensors
        rows, sizes = rows_of(x), Sizes(*x.shape[2:])
        of_maps = Maps(*map(rows_of, _whole(grads, x, ctx.widths, ctx.out_sizes)))
        grad_x: Tensor | None = None
        of_weights: list[Tensor | None] = [None] * len(weights)
        if ctx.needs_input_grad[0]:
            grad_x = through_convolutions(of_maps, rows, weights, sizes, **ctx.how)
            grad_x = _as_map(grad_x, sizes)
        if any(ctx.needs_input_grad[4:]):
            of_weights = [*kernel_gradients(of_maps, rows, weights, sizes, **ctx.how)]
        return grad_x, None, None, None, *of_weights


def _whole(
    grads: Sequence[Tensor | None], x: Tensor, widths: Sequence[int], sizes: Sizes
) -> list[Tensor]:
    """Fill in gradients that are missing: of maps that nobody used, or where there are none."""
    return [
        grad if grad is not None else _zeros(x, (len(x), width, *sizes))
        for grad, width in zip(grads, widths, strict=True)
    ]


def _zeros(like: Tensor, shape: Sequence[int]) -> Tensor:
    return like.new_zeros(shape) if all(shape) else like.new_empty(shape)


def _as_map(rows: Tensor, sizes: Sizes) -> Tensor:
    """View pixels [N·H·W, C] as [N, C, H, W]; C may be 0."""
    images = len(rows) // (sizes.height * sizes.width)
    return rows.view(images, *sizes, rows.shape[1]).permute(0, 3, 1, 2)
