"""The operations on a state with kernels of our own: ReLU, convolutions, poolings in one launch."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pdarts_core.kernels.depthwise_fan import (
    KINDS,
    Fan,
    Maps,
    Sizes,
    fan_gradients,
    run_fan,
)
from pdarts_core.kernels.launching import rows_of
from pdarts_core.kernels.pixel_products import accumulated_in

Weights = Mapping[tuple[int, int], Tensor]
"""Kernels [E, C, 1, k, k], by their width k and their dilation; kinds without any are left out."""


class FanOutputs(NamedTuple):
    """Maps side by side, [N, n·C, ⌈H/stride⌉, ⌈W/stride⌉]; n may be 0."""

    undilated: Tensor
    """Of undilated kernels, the narrower ones' first."""
    others: Tensor
    """Of dilated kernels, the narrower ones' first; then the largest of 3×3 pixels, and their
    average."""


def fan_of(
    x: Tensor,
    weights: Weights,
    *,
    stride: int,
    max_pooling: bool = False,
    average_pooling: bool = False,
) -> FanOutputs:
    """Convolve the ReLU of x [N, C, H, W] depthwise with each of several kernels, and pool x."""
    sizes = Sizes(*x.shape[2:])
    fan = Fan(sizes, stride, shared=True, max_pooling=max_pooling, average_pooling=average_pooling)
    return _apply(x, weights, fan, x.shape[1])


def rectified_each(maps: Tensor, weights: Weights) -> Tensor:
    """Convolve the ReLU of each of U maps [N, U·C, H, W] depthwise with a kernel of its own.

    The kernels are undilated and of stride 1; the narrower ones belong to the first maps.
    """
    fan = Fan(Sizes(*maps.shape[2:]), stride=1, shared=False)
    channels = next(iter(weights.values())).shape[1]
    return _apply(maps, weights, fan, channels).undilated


def _apply(x: Tensor, weights: Weights, fan: Fan, channels: int) -> FanOutputs:
    numbers = next(iter(weights.values())).dtype if weights else accumulated_in(x.dtype)
    of_kinds = [
        weights.get((width, dilation), x.new_empty(0, channels, 1, width, width, dtype=numbers))
        for width, dilation in KINDS
    ]
    is_autocast = torch.is_autocast_enabled(x.device.type)
    dtype = torch.get_autocast_dtype(x.device.type) if is_autocast else x.dtype
    apply: Callable[..., tuple[Tensor, ...]] = _RunFan.apply
    return FanOutputs(*apply(x, fan, dtype, *of_kinds))


class _RunFan(torch.autograd.Function):
    """Takes images [N, C, H, W], a Fan, the maps' type, and each kind's weights."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, fan: Fan, dtype: torch.dtype, *weights: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.set_materialize_grads(False)
        maps, winners = run_fan(rows_of(x), weights, fan, dtype)
        ctx.save_for_backward(winners, x, *weights)
        ctx.fan, ctx.shapes = fan, [rows.shape for rows in maps]
        return tuple(_as_map(rows, fan.sizes.after(fan.stride)) for rows in maps)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        winners, x, *weights = ctx.saved_tensors
        fan: Fan = ctx.fan
        of_maps = Maps(*map(_rows_or_zeros, grads, ctx.shapes, [x] * len(grads)))
        found = fan_gradients(
            of_maps,
            winners,
            rows_of(x),
            weights,
            fan,
            wants_images=ctx.needs_input_grad[0],
            wants_weights=any(ctx.needs_input_grad[3:]),
        )
        of_x = None if found.images is None else _as_map(found.images, fan.sizes)
        of_weights: Sequence[Tensor | None] = found.weights or [None] * len(weights)
        return of_x, None, None, *of_weights


def _rows_or_zeros(grad: Tensor | None, shape: torch.Size, like: Tensor) -> Tensor:
    """Return the pixels of a gradient, or what stands for that of maps that nobody used."""
    if grad is not None:
        return rows_of(grad)
    return like.new_zeros(shape) if shape.numel() else like.new_empty(shape)


def _as_map(rows: Tensor, sizes: Sizes) -> Tensor:
    """View pixels [N·H·W, C] as [N, C, H, W]; C may be 0."""
    images = len(rows) // (sizes.height * sizes.width)
    return rows.view(images, *sizes, rows.shape[1]).permute(0, 3, 1, 2)
