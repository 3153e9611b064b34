"""What a cell computes from one state, in one launch: depthwise convolutions and poolings.

Convolutions see the state's ReLU, poolings (over 3×3 pixels) the state itself. Both are padded like
the candidate operations. What reaches the state is one launch as well, skip-connects included.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pdarts_core.kernels import launching
from pdarts_core.kernels.skip_sum import Dropout

KINDS = ((3, 1), (5, 1), (3, 2), (5, 2))
"""Width and dilation of the kernels that take part, in their order: the programs are written for
these."""
UNDILATED = 2
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
    max_poolings: int = 0
    """How often the largest pixels are written."""
    average_poolings: int = 0
    """How often the averages are."""


class Maps(NamedTuple):
    """What a fan makes, or its gradients: pixels [P', n·C] of maps side by side."""

    undilated: Tensor
    """Has those of the undilated kinds."""
    others: Tensor
    """Has those of the dilated kinds, and the poolings."""
    winners: Tensor
    """Which of its 9 pixels each maximum is, int8 [P', C]; empty where none is asked for."""


class LeavingSkips(NamedTuple):
    """The skip-connects that leave a state with stride 1, of S that a cell has."""

    nodes: Tensor
    """The nodes that they lead to, and then their numbers among all: int32 [2n]."""
    grads: Tensor
    """Of the nodes, pixels side by side [P, 4·C]."""
    shares: Tensor
    """Of all, [S]."""
    dropout: Dropout
    """Of all."""
    share_parts: Tensor
    """Takes the gradients of shares, [programs, S], whose sum over programs they are; or is
    empty."""


class FanInputs(NamedTuple):
    """What is convolved and pooled."""

    rows: Tensor
    """Pixels of the images, [P, C], or [P, U·C] where each kernel has its own."""
    weights: Sequence[Tensor]
    """Of each of KINDS, [E, C, 1, k, k]; E may be 0."""
    places: Tensor
    """Which map of its output each one is: kind by kind, and then the poolings', int32."""
    fan: Fan


def run_fan(inputs: FanInputs, output: Maps) -> None:
    """Convolve and pool images, into `output`."""
    rows, weights, places, fan = inputs
    _run(rows, list(weights), places, _flat(fan), *output)


def fan_gradients(
    grads: Maps,
    inputs: FanInputs,
    *,
    skips: LeavingSkips | None,
    of_images: Tensor,
    of_weights: Tensor,
    accumulates: bool = False,
) -> None:
    """Find the gradients of what `run_fan` was given, from those of what it made.

    Args:
        grads: of the maps; with the winners that were found.
        inputs: as given.
        skips: other ways on which gradients reach the images, if they are shared.
        of_images: takes theirs, as the images are; or is empty.
        of_weights: takes those of all weights, [parts, numbers], whose sum over parts they are; or
            is empty.
        accumulates: whether what is in `of_images` is added to.
    """
    rows, weights, places, fan = inputs
    given, flat = [*grads, rows, places], [*_flat(fan), int(accumulates)]
    of_skips: list[Tensor] = []
    bits, share_parts = None, of_weights[:0]
    if skips is not None:
        nodes, of_nodes, shares, (bits, threshold, scale), share_parts = skips
        of_skips = [nodes, of_nodes, shares, threshold, scale]
    _gradients(given, list(weights), flat, of_skips, bits, of_images, of_weights, share_parts)


def parts_of_weights(pixels: int) -> int:
    """Return in how many parts the gradients of weights are summed over so many pixels of maps."""
    return -(-pixels // _FEWEST_PIXELS)


def parts_of_shares(rows: Tensor, channels: int) -> int:
    """Return in how many parts the gradients of shares are summed over pixels of images."""
    block = launching.block_of_pixels(rows, _BLOCK_PIXELS)
    return -(-len(rows) // block) * -(-channels // _BLOCK_CHANNELS)


def _flat(fan: Fan) -> list[int]:
    """Return a fan as torch's operations take it."""
    return [*fan.sizes, *map(int, fan[1:])]


def _fan(flat: Sequence[int]) -> Fan:
    height, width, stride, shared, *poolings = flat
    return Fan(Sizes(height, width), stride, bool(shared), *poolings)


@torch.library.custom_op("pdarts::run_fan", mutates_args=("undilated", "others", "winners"))
def _run(
    rows: Tensor,
    weights: Sequence[Tensor],
    places: Tensor,
    flat: Sequence[int],
    undilated: Tensor,
    others: Tensor,
    winners: Tensor,
) -> None:
    fan = _fan(flat)
    out, channels = fan.sizes.after(fan.stride), weights[0].shape[1]
    pixels, block = len(undilated), launching.block_of_pixels(undilated, _BLOCK_PIXELS)
    poolings = fan.max_poolings + fan.average_poolings
    kinds = len(KINDS) + (poolings > 0) if fan.shared else UNDILATED
    launching.launch(
        "depthwise_fan.run_fan",
        (-(-pixels // block), -(-channels // _BLOCK_CHANNELS), kinds),
        rows,
        *(kernels.contiguous() for kernels in weights),
        undilated,
        others,
        winners,
        places,
        *map(len, weights),
        fan.max_poolings,
        fan.average_poolings,
        channels,
        *fan.sizes,
        out.width,
        out.height * out.width,
        pixels,
        rows.stride(0),
        undilated.stride(0),
        others.stride(0),
        stride=fan.stride,
        shared=fan.shared,
        block_maps=_BLOCK_MAPS if fan.shared else 1,
        block_pixels=block,
        block_channels=_BLOCK_CHANNELS,
    )


@torch.library.custom_op(
    "pdarts::fan_gradients", mutates_args=("of_images", "of_weights", "share_parts")
)
def _gradients(
    given: Sequence[Tensor],
    weights: Sequence[Tensor],
    flat: Sequence[int],
    of_skips: Sequence[Tensor],
    bits: Tensor | None,
    of_images: Tensor,
    of_weights: Tensor,
    share_parts: Tensor,
) -> None:
    undilated, others, winners, rows, places = given
    *of_fan, accumulates = flat
    fan, channels = _fan(of_fan), weights[0].shape[1]
    missing: Sequence[Tensor | None] = [None] * 5
    nodes, of_nodes, shares, threshold, scale = of_skips or missing
    layers = rows.shape[1] // channels if of_images.numel() else 0
    parts = len(of_weights) if of_weights.numel() else 0
    block = launching.block_of_pixels(rows, _BLOCK_PIXELS)
    launching.launch(
        "depthwise_fan_gradients.gradients",
        (
            max(-(-len(rows) // block) if layers else 0, parts),
            -(-channels // _BLOCK_CHANNELS),
            layers + (sum(map(len, weights)) if parts else 0),
        ),
        undilated,
        others,
        winners,
        places,
        rows,
        *(kernels.contiguous() for kernels in weights),
        of_images,
        of_weights,
        nodes,
        of_nodes,
        shares,
        bits,
        threshold,
        scale,
        share_parts if share_parts.numel() else None,
        *map(len, weights),
        fan.max_poolings,
        fan.average_poolings,
        0 if nodes is None else len(nodes) // 2,
        0 if shares is None else len(shares),
        channels,
        *fan.sizes,
        *fan.sizes.after(fan.stride),
        len(rows),
        len(undilated),
        rows.stride(0),
        of_images.stride(0),
        of_weights.stride(0),
        undilated.stride(0),
        others.stride(0),
        0 if of_nodes is None else of_nodes.stride(0),
        0 if bits is None else bits.stride(0),
        layers,
        parts,
        accumulates=bool(accumulates),
        stride=fan.stride,
        shared=fan.shared,
        block_pixels=block,
        block_pixels_of_kernels=launching.block_of_pixels(undilated, _BLOCK_PIXELS_OF_KERNELS),
        block_channels=_BLOCK_CHANNELS,
    )
