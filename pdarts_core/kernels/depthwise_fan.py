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
    others: Tensor
    """Of the dilated kinds in order; then the largest pixels, and the averages."""


class Gradients(NamedTuple):
    """What reaches a fan."""

    images: Tensor | None
    """As the images; None if it was not asked for."""
    weights: list[Tensor] | None
    """Of each kind; None if they were not asked for."""


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


def fan_gradients(
    grads: Maps,
    winners: Tensor,
    rows: Tensor,
    weights: Sequence[Tensor],
    fan: Fan,
    *,
    wants_images: bool,
    wants_weights: bool,
) -> Gradients:
    """Return the gradients of what `run_fan` was given, from those of what it returned.

    Args:
        grads: of the maps.
        winners: as returned.
        rows: as given, like all others.
        weights: see there.
        fan: see there.
        wants_images: whether the images need a gradient.
        wants_weights: whether the weights do.
    """
    wants = [wants_images, wants_weights]
    images, parts = _gradients(list(grads), winners, rows, list(weights), _flat(fan), wants)
    of_weights = None
    if wants_weights:
        each = torch.split(parts.sum(0), [kernels.numel() for kernels in weights])
        of_weights = [one.view(like.shape) for one, like in zip(each, weights, strict=True)]
    return Gradients(images if wants_images else None, of_weights)


def _flat(fan: Fan) -> list[int]:
    """Return a fan as torch's operations take it."""
    return [*fan.sizes, *map(int, fan[1:])]


def _fan(flat: Sequence[int]) -> Fan:
    height, width, stride, *flags = flat
    return Fan(Sizes(height, width), stride, *map(bool, flags))


@torch.library.custom_op("pdarts::run_fan", mutates_args=())
def _run(
    rows: Tensor, weights: Sequence[Tensor], flat: Sequence[int], dtype: torch.dtype
) -> tuple[Tensor, Tensor, Tensor]:
    fan, made = _fan(flat), _made(rows, weights, flat, dtype)
    undilated, others, winners = made
    out, channels = fan.sizes.after(fan.stride), weights[0].shape[1]
    pixels, block = len(undilated), launching.block_of_pixels(undilated, _BLOCK_PIXELS)
    kinds = len(KINDS) + (fan.poolings > 0) if fan.shared else _UNDILATED
    launching.launch(
        "depthwise_fan.run_fan",
        (-(-pixels // block), -(-channels // _BLOCK_CHANNELS), kinds),
        rows,
        *(kernels.contiguous() for kernels in weights),
        undilated,
        *_dilated_and_pooled(others, weights),
        winners,
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
        others.stride(0),
        others.stride(0),
        stride=fan.stride,
        shared=fan.shared,
        block_maps=_BLOCK_MAPS if fan.shared else 1,
        block_pixels=block,
        block_channels=_BLOCK_CHANNELS,
    )
    return made


def _made(
    rows: Tensor, weights: Sequence[Tensor], flat: Sequence[int], dtype: torch.dtype
) -> tuple[Tensor, Tensor, Tensor]:
    fan, channels, counts = _fan(flat), weights[0].shape[1], [*map(len, weights)]
    out = fan.sizes.after(fan.stride)
    pixels = len(rows) // (fan.sizes.height * fan.sizes.width) * out.height * out.width
    undilated, others = (
        rows.new_empty(pixels, maps * channels, dtype=dtype)
        for maps in (sum(counts[:_UNDILATED]), sum(counts[_UNDILATED:]) + fan.poolings)
    )
    winners = rows.new_empty(pixels, channels if fan.max_pooling else 0, dtype=torch.int8)
    return undilated, others, winners


_run.register_fake(_made)


@torch.library.custom_op("pdarts::fan_gradients", mutates_args=())
def _gradients(
    grads: Sequence[Tensor],
    winners: Tensor,
    rows: Tensor,
    weights: Sequence[Tensor],
    flat: Sequence[int],
    wants: Sequence[bool],
) -> tuple[Tensor, Tensor]:
    fan, made = _fan(flat), _empty_gradients(grads, winners, rows, weights, flat, wants)
    (undilated, others), channels = grads, weights[0].shape[1]
    (wants_images, wants_weights), parts = wants, len(made[1])
    of_images = rows.shape[1] // channels if wants_images else 0
    block = launching.block_of_pixels(rows, _BLOCK_PIXELS)
    launching.launch(
        "depthwise_fan_gradients.gradients",
        (
            max(-(-len(rows) // block) if wants_images else 0, parts),
            -(-channels // _BLOCK_CHANNELS),
            of_images + (sum(map(len, weights)) if wants_weights else 0),
        ),
        undilated,
        *_dilated_and_pooled(others, weights),
        winners,
        rows,
        *(kernels.contiguous() for kernels in weights),
        *made,
        *map(len, weights),
        int(fan.max_pooling),
        int(fan.average_pooling),
        channels,
        *fan.sizes,
        *fan.sizes.after(fan.stride),
        len(rows),
        len(undilated),
        rows.stride(0),
        undilated.stride(0),
        others.stride(0),
        others.stride(0),
        of_images,
        parts,
        made[1].shape[1],
        stride=fan.stride,
        shared=fan.shared,
        block_pixels=block,
        block_pixels_of_kernels=launching.block_of_pixels(undilated, _BLOCK_PIXELS_OF_KERNELS),
        block_channels=_BLOCK_CHANNELS,
    )
    return made


def _empty_gradients(
    grads: Sequence[Tensor],
    _winners: Tensor,
    rows: Tensor,
    weights: Sequence[Tensor],
    _flat: Sequence[int],
    wants: Sequence[bool],
) -> tuple[Tensor, Tensor]:
    wants_images, wants_weights = wants
    images = rows.new_empty(rows.shape if wants_images else (0, rows.shape[1]))
    parts = -(-len(grads[0]) // _FEWEST_PIXELS) if wants_weights else 0
    numbers = sum(kernels.numel() for kernels in weights)
    return images, rows.new_empty(parts, numbers, dtype=accumulated_in(weights[0].dtype))


_gradients.register_fake(_empty_gradients)


def _dilated_and_pooled(others: Tensor, weights: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """View what lies side by side, [P', n·C]."""
    dilated = sum(map(len, weights[_UNDILATED:])) * weights[0].shape[1]
    return others[:, :dilated], others[:, dilated:]
