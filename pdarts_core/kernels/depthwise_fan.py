"""What a cell computes from one state, in one launch: depthwise convolutions and poolings.

Convolutions see the state's ReLU, poolings (over 3×3 pixels) the state itself. Both are padded like
the candidate operations.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pdarts_core.kernels import launching
from pdarts_core.kernels.pixel_products import accumulated_in

KINDS = ((3, 1), (5, 1), (3, 2), (5, 2))
"""Width and dilation of the kernels that take part, in their order: the programs are written for
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


class Fan(NamedTuple):
    """What is computed from images, and how."""

    sizes: Sizes
    stride: int
    shared: bool
    """Whether all kernels have the same images. Otherwise each has its own: they lie side by side,
    all kernels are undilated, the stride is 1 and there are no poolings."""
    max_pooling: bool = False
    average_pooling: bool = False

    @property
    def poolings(self) -> int:
        """How many there are."""
        return self.max_pooling + self.average_pooling


class Maps(NamedTuple):
    """What a fan makes, or its gradients: pixels [P', n·C] of maps side by side."""

    undilated: Tensor
    """Of the undilated kinds in order."""
    dilated: Tensor
    """Of the dilated kinds in order."""
    pooled: Tensor
    """The largest, then the average."""


def run_fan(
    rows: Tensor, weights: Sequence[Tensor], fan: Fan, dtype: torch.dtype
) -> tuple[Maps, Tensor]:
    """Return maps, and which of its 9 pixels each maximum is, int8 [P', C].

    Args:
        rows: pixels of the images, [P, C], or [P, U·C] where each kernel has its own.
        weights: of each kind, [E, C, 1, k, k]; E may be 0.
        fan: what is computed.
        dtype: of the maps.
    """
    *maps, winners = _run(rows, list(weights), _flat(fan), dtype)
    return Maps(*maps), winners


def image_gradient(
    grads: Maps, winners: Tensor, rows: Tensor, weights: Sequence[Tensor], fan: Fan
) -> Tensor:
    """Return the gradient of rows, from those of what `run_fan` returned."""
    of_rows: Tensor = _image_gradient(list(grads), winners, rows, list(weights), _flat(fan))
    return of_rows


def kernel_gradients(
    grads: Maps, rows: Tensor, weights: Sequence[Tensor], fan: Fan
) -> list[Tensor]:
    """Return the gradient of each kind's weights, from those of what `run_fan` returned."""
    parts = _kernel_gradients(list(grads[:2]), rows, list(weights), _flat(fan))
    each = torch.split(parts.sum(0), [kernels.numel() for kernels in weights])
    return [gradient.view(like.shape) for gradient, like in zip(each, weights, strict=True)]


def _flat(fan: Fan) -> list[int]:
    """Return a fan as torch's operations take it."""
    return [*fan.sizes, *map(int, fan[1:])]


def _fan(flat: Sequence[int]) -> Fan:
    height, width, stride, *flags = flat
    return Fan(Sizes(height, width), stride, *map(bool, flags))


@torch.library.custom_op("pdarts::run_fan", mutates_args=())
def _run(
    rows: Tensor, weights: Sequence[Tensor], flat: Sequence[int], dtype: torch.dtype
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    fan, made = _fan(flat), _made(rows, weights, flat, dtype)
    undilated, dilated, pooled, _ = made
    out, channels = fan.sizes.after(fan.stride), weights[0].shape[1]
    pixels, block = len(undilated), launching.block_of_pixels(undilated, _BLOCK_PIXELS)
    kinds = len(KINDS) + (fan.poolings > 0) if fan.shared else _UNDILATED
    launching.launch(
        "depthwise_fan.convolve",
        (-(-pixels // block), -(-channels // _BLOCK_CHANNELS), kinds),
        rows,
        *(kernels.contiguous() for kernels in weights),
        *made,
        *map(len, weights),
        int(fan.max_pooling),
        int(fan.average_pooling),
        channels,
        *fan.sizes,
        out.width,
        out.height * out.width,
        pixels,
        rows.stride(0),
        undilated.stride(0),
        dilated.stride(0),
        pooled.stride(0),
        stride=fan.stride,
        shared=fan.shared,
        block_maps=_BLOCK_MAPS if fan.shared else 1,
        block_pixels=block,
        block_channels=_BLOCK_CHANNELS,
    )
    return made


def _made(
    rows: Tensor, weights: Sequence[Tensor], flat: Sequence[int], dtype: torch.dtype
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    fan, channels, counts = _fan(flat), weights[0].shape[1], [*map(len, weights)]
    out = fan.sizes.after(fan.stride)
    pixels = len(rows) // (fan.sizes.height * fan.sizes.width) * out.height * out.width
    undilated, dilated, pooled = (
        rows.new_empty(pixels, maps * channels, dtype=dtype)
        for maps in (sum(counts[:_UNDILATED]), sum(counts[_UNDILATED:]), fan.poolings)
    )
    winners = rows.new_empty(pixels, channels if fan.max_pooling else 0, dtype=torch.int8)
    return undilated, dilated, pooled, winners


_run.register_fake(_made)


@torch.library.custom_op("pdarts::image_gradient", mutates_args=())
def _image_gradient(
    grads: Sequence[Tensor],
    winners: Tensor,
    rows: Tensor,
    weights: Sequence[Tensor],
    flat: Sequence[int],
) -> Tensor:
    fan, output = _fan(flat), rows.new_empty(rows.shape)
    kernels, channels = [kind.contiguous() for kind in weights], weights[0].shape[1]
    block = launching.block_of_pixels(rows, _BLOCK_PIXELS)
    grid = -(-len(rows) // block), -(-channels // _BLOCK_CHANNELS)
    blocks = {"block_pixels": block, "block_channels": _BLOCK_CHANNELS}
    if fan.shared:
        launching.launch(
            "depthwise_fan.through_shared",
            grid,
            *grads,
            winners,
            rows,
            *kernels,
            output,
            *map(len, kernels),
            int(fan.max_pooling),
            int(fan.average_pooling),
            channels,
            *fan.sizes,
            *fan.sizes.after(fan.stride),
            len(rows),
            rows.stride(0),
            output.stride(0),
            *(grad.stride(0) for grad in grads),
            stride=fan.stride,
            **blocks,
        )
    else:
        launching.launch(
            "depthwise_fan.through_each",
            (*grid, rows.shape[1] // channels),
            grads[0],
            rows,
            *kernels[:_UNDILATED],
            output,
            len(kernels[0]),
            channels,
            *fan.sizes,
            len(rows),
            grads[0].stride(0),
            rows.stride(0),
            output.stride(0),
            **blocks,
        )
    return output


def _like_rows(
    _grads: Sequence[Tensor], _winners: Tensor, rows: Tensor, *_others: object
) -> Tensor:
    return rows.new_empty(rows.shape)


_image_gradient.register_fake(_like_rows)


@torch.library.custom_op("pdarts::kernel_gradients", mutates_args=())
def _kernel_gradients(
    grads: Sequence[Tensor], rows: Tensor, weights: Sequence[Tensor], flat: Sequence[int]
) -> Tensor:
    fan, parts = _fan(flat), _gradient_parts(grads, rows, weights)
    out, channels, pixels = fan.sizes.after(fan.stride), weights[0].shape[1], len(grads[0])
    launching.launch(
        "depthwise_fan.kernel_gradients",
        (len(parts), -(-channels // _BLOCK_CHANNELS), sum(map(len, weights))),
        *grads,
        rows,
        parts,
        *map(len, weights[:-1]),
        channels,
        *fan.sizes,
        out.width,
        out.height * out.width,
        pixels,
        -(-pixels // len(parts)),
        parts.shape[1],
        *(grad.stride(0) for grad in grads),
        rows.stride(0),
        0 if fan.shared else channels,
        stride=fan.stride,
        block_pixels=launching.block_of_pixels(grads[0], _BLOCK_PIXELS_OF_KERNELS),
        block_channels=_BLOCK_CHANNELS,
    )
    return parts


def _gradient_parts(
    grads: Sequence[Tensor], rows: Tensor, weights: Sequence[Tensor], *_others: object
) -> Tensor:
    parts = -(-len(grads[0]) // _FEWEST_PIXELS)
    numbers = sum(kernels.numel() for kernels in weights)
    return rows.new_empty(parts, numbers, dtype=accumulated_in(weights[0].dtype))


_kernel_gradients.register_fake(_gradient_parts)
