"""Depthwise convolutions of a rectified batch of images with kernels of several kinds at once."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pdarts_core.kernels.launching import block_of_pixels, launch
from pdarts_core.kernels.pixel_products import accumulated_in

KINDS = ((3, 1), (5, 1), (3, 2), (5, 2))
"""Width and dilation of the kernels that take part, in their order: the kernels are written for
these."""
_UNDILATED = 2
"""How many of the kinds are not dilated."""
_FEWEST_PIXELS = 1024
"""Whose part of a kernel's gradient a program adds up."""
_BLOCK_PIXELS = 64
_BLOCK_PIXELS_OF_KERNELS = 16
"""Of a kernel's gradient, whose blocks have up to 32 taps besides."""
_BLOCK_CHANNELS = 16
_BLOCK_MAPS = 4
"""As many edges as leave a cell's input."""


class Sizes(NamedTuple):
    """Of images."""

    height: int
    width: int

    def after(self, stride: int) -> "Sizes":
        """Return those of what convolutions with a stride make."""
        return Sizes(-(-self.height // stride), -(-self.width // stride))


class Maps(NamedTuple):
    """What a fan makes, or its gradients: pixels [P', n·C] of maps side by side, kinds in order."""

    undilated: Tensor
    dilated: Tensor


def convolve(
    rows: Tensor,
    weights: Sequence[Tensor],
    sizes: Sizes,
    *,
    stride: int,
    shared: bool,
    dtype: torch.dtype,
) -> Maps:
    """Convolve rectified images, zero-padded like the candidate operations.

    Args:
        rows: pixels [P, C] of the images that all kernels share; or else, pixels [P, U·C] of maps
            side by side, one for each kernel of the undilated kinds, with stride 1.
        weights: of each kind, [E, C, 1, k, k]; E may be 0.
        sizes: of the images.
        stride: of the convolutions.
        shared: whether there is one batch of images for all kernels.
        dtype: of what is returned.
    """
    return Maps(*_convolve(rows, list(weights), *sizes, stride, shared, dtype))


def through_convolutions(
    grads: Maps,
    rows: Tensor,
    weights: Sequence[Tensor],
    sizes: Sizes,
    *,
    stride: int,
    shared: bool,
) -> Tensor:
    """Return the gradient of rows, from those of what `convolve` returned."""
    return _through(*grads, rows, list(weights), *sizes, stride, shared)


def kernel_gradients(
    grads: Maps,
    rows: Tensor,
    weights: Sequence[Tensor],
    sizes: Sizes,
    *,
    stride: int,
    shared: bool,
) -> list[Tensor]:
    """Return the gradient of each kind's weights, from those of what `convolve` returned."""
    parts = _kernel_gradients(*grads, rows, list(weights), *sizes, stride, shared)
    each = torch.split(parts.sum(0), [kernels.numel() for kernels in weights])
    return [gradient.view(like.shape) for gradient, like in zip(each, weights, strict=True)]


@torch.library.custom_op("pdarts::convolve", mutates_args=())
def _convolve(
    rows: Tensor,
    weights: Sequence[Tensor],
    height: int,
    width: int,
    stride: int,
    shared: bool,  # noqa: FBT001  of torch's operations, all arguments have a place
    dtype: torch.dtype,
) -> tuple[Tensor, Tensor]:
    undilated, dilated = _convolved(rows, weights, height, width, stride, shared, dtype)
    out, channels = Sizes(height, width).after(stride), weights[0].shape[1]
    pixels, block = len(undilated), block_of_pixels(undilated, _BLOCK_PIXELS)
    launch(
        "depthwise_fan.convolve",
        (
            -(-pixels // block),
            -(-channels // _BLOCK_CHANNELS),
            len(KINDS) if shared else _UNDILATED,
        ),
        rows,
        *(kernels.contiguous() for kernels in weights),
        undilated,
        dilated,
        *map(len, weights),
        channels,
        height,
        width,
        out.width,
        out.height * out.width,
        pixels,
        rows.stride(0),
        undilated.stride(0),
        dilated.stride(0),
        stride=stride,
        shared=shared,
        block_maps=_BLOCK_MAPS if shared else 1,
        block_pixels=block,
        block_channels=_BLOCK_CHANNELS,
    )
    return undilated, dilated


@_convolve.register_fake
def _convolved(
    rows: Tensor,
    weights: Sequence[Tensor],
    height: int,
    width: int,
    stride: int,
    shared: bool,  # noqa: ARG001, FBT001
    dtype: torch.dtype,
) -> tuple[Tensor, Tensor]:
    out = Sizes(height, width).after(stride)
    pixels = len(rows) // (height * width) * out.height * out.width
    channels, counts = weights[0].shape[1], [*map(len, weights)]
    undilated, dilated = (
        rows.new_empty(pixels, sum(of_kind) * channels, dtype=dtype)
        for of_kind in (counts[:_UNDILATED], counts[_UNDILATED:])
    )
    return undilated, dilated


@torch.library.custom_op("pdarts::through_convolutions", mutates_args=())
def _through(
    grad_undilated: Tensor,
    grad_dilated: Tensor,
    rows: Tensor,
    weights: Sequence[Tensor],
    height: int,
    width: int,
    stride: int,
    shared: bool,  # noqa: FBT001
) -> Tensor:
    output = rows.new_empty(rows.shape)
    kernels = [kind.contiguous() for kind in weights]
    out, channels = Sizes(height, width).after(stride), weights[0].shape[1]
    block = block_of_pixels(rows, _BLOCK_PIXELS)
    grid = -(-len(rows) // block), -(-channels // _BLOCK_CHANNELS)
    blocks = {"block_pixels": block, "block_channels": _BLOCK_CHANNELS}
    if shared:
        launch(
            "depthwise_fan.through_shared",
            grid,
            grad_undilated,
            grad_dilated,
            rows,
            *kernels,
            output,
            *map(len, kernels),
            channels,
            height,
            width,
            *out,
            len(rows),
            rows.stride(0),
            output.stride(0),
            grad_undilated.stride(0),
            grad_dilated.stride(0),
            stride=stride,
            **blocks,
        )
    else:
        launch(
            "depthwise_fan.through_each",
            (*grid, rows.shape[1] // channels),
            grad_undilated,
            rows,
            *kernels[:_UNDILATED],
            output,
            len(kernels[0]),
            channels,
            height,
            width,
            len(rows),
            grad_undilated.stride(0),
            rows.stride(0),
            output.stride(0),
            **blocks,
        )
    return output


@_through.register_fake
def _like_rows(_undilated: Tensor, _dilated: Tensor, rows: Tensor, *_others: object) -> Tensor:
    return rows.new_empty(rows.shape)


@torch.library.custom_op("pdarts::kernel_gradients", mutates_args=())
def _kernel_gradients(
    grad_undilated: Tensor,
    grad_dilated: Tensor,
    rows: Tensor,
    weights: Sequence[Tensor],
    height: int,
    width: int,
    stride: int,
    shared: bool,  # noqa: FBT001
) -> Tensor:
    parts = _gradient_parts(grad_undilated, grad_dilated, rows, weights)
    out, channels = Sizes(height, width).after(stride), weights[0].shape[1]
    pixels = len(grad_undilated)
    chunk = -(-pixels // len(parts))
    launch(
        "depthwise_fan.kernel_gradients",
        (len(parts), -(-channels // _BLOCK_CHANNELS), sum(map(len, weights))),
        grad_undilated,
        grad_dilated,
        rows,
        parts,
        *map(len, weights),
        channels,
        height,
        width,
        out.width,
        out.height * out.width,
        pixels,
        chunk,
        parts.shape[1],
        grad_undilated.stride(0),
        grad_dilated.stride(0),
        rows.stride(0),
        0 if shared else channels,
        stride=stride,
        block_pixels=block_of_pixels(grad_undilated, _BLOCK_PIXELS_OF_KERNELS),
        block_channels=_BLOCK_CHANNELS,
    )
    return parts


@_kernel_gradients.register_fake
def _gradient_parts(
    grad_undilated: Tensor,
    _dilated: Tensor,
    rows: Tensor,
    weights: Sequence[Tensor],
    *_others: object,
) -> Tensor:
    parts = -(-len(grad_undilated) // _FEWEST_PIXELS)
    numbers = sum(kernels.numel() for kernels in weights)
    return rows.new_empty(parts, numbers, dtype=accumulated_in(weights[0].dtype))
