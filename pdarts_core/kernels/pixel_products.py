"""Products of the channels of maps, summed over all their pixels."""

from typing import NamedTuple

import torch
from torch import Tensor

from pdarts_core.kernels import launching
from pdarts_core.kernels.launching import at_least_16

_FEWEST_PIXELS = 512
"""That a program adds up, so that what it writes is little beside what it reads."""
_MOST_PARTS = 32
"""That pixels are divided in: who adds them up reads one after the other."""
_BLOCK_PIXELS = 64
_MOST_CHANNELS = 32
"""Of a block: two blocks and their product fit into the registers of a program."""


class PixelSums(NamedTuple):
    """Sums over pixels, in S parts that are still to be added up."""

    products: Tensor
    """Of g yᵀ for each map, [S, U, O, C]."""
    totals: Tensor
    """Of g, [S, U, O]; [S, 1, O] where it is the same for all maps."""

    def added_up(self) -> "PixelSums":
        """Return the same in one part."""
        return PixelSums(self.products.sum(0, keepdim=True), self.totals.sum(0, keepdim=True))


def pixel_sums(left: Tensor, right: Tensor, outs: int, ins: int) -> PixelSums:
    """Return the sums over pixels of g yᵀ and of g, for U maps.

    Args:
        left: g, pixels of maps side by side [P, U·O], or [P, O] where all have the same.
        right: y, pixels of maps side by side, [P, U·C].
        outs: O.
        ins: C.
    """
    return PixelSums(*_pixel_products(left, right, outs, ins))


def pixel_squares(rows: Tensor, channels: int) -> PixelSums:
    """Return the sums over pixels of y yᵀ and of y, for U maps side by side [P, U·C]."""
    return PixelSums(*_pixel_products(None, rows, channels, channels))


def accumulated_in(dtype: torch.dtype) -> torch.dtype:
    """Return the numbers that sums of such numbers are kept in."""
    return torch.promote_types(dtype, torch.float32)


@torch.library.custom_op("pdarts::pixel_products", mutates_args=())
def _pixel_products(
    left: Tensor | None, right: Tensor, outs: int, ins: int
) -> tuple[Tensor, Tensor]:
    products, totals = _empty(left, right, outs, ins)
    left = right if left is None else left
    parts, units = products.shape[:2]
    of_left = totals.shape[1]
    block_outs, block_ins = at_least_16(outs, _MOST_CHANNELS), at_least_16(ins, _MOST_CHANNELS)
    launching.launch(
        "pixel_products.pixel_products",
        (units, parts, -(-outs // block_outs) * -(-ins // block_ins)),
        left,
        right,
        products,
        totals,
        len(right),
        -(-len(right) // parts),
        units,
        outs,
        ins,
        left.stride(0),
        outs if of_left == units else 0,
        right.stride(0),
        of_left,
        block_pixels=launching.block_of_pixels(right, _BLOCK_PIXELS),
        block_outs=block_outs,
        block_ins=block_ins,
    )
    return products, totals


def _empty(left: Tensor | None, right: Tensor, outs: int, ins: int) -> tuple[Tensor, Tensor]:
    units, kind = right.shape[1] // ins, accumulated_in(right.dtype)
    parts = max(1, min(_MOST_PARTS, len(right) // _FEWEST_PIXELS))
    products = right.new_empty(parts, units, outs, ins, dtype=kind)
    of_left = units if left is None else left.shape[1] // outs
    return products, right.new_empty(parts, of_left, outs, dtype=kind)


_pixel_products.register_fake(_empty)
