"""See pdarts_core.kernels.pixel_products."""

import triton
import triton.language as tl


@triton.jit(do_not_specialize=["units", "left_units"])
def pixel_products(
    left,
    right,
    products,
    sums,
    pixels,
    chunk,
    units,
    outs,
    ins,
    left_row,
    left_unit,
    right_row,
    left_units,
    block_pixels: tl.constexpr,
    block_outs: tl.constexpr,
    block_ins: tl.constexpr,
):
    """Multiply and sum a chunk of pixels, for a tile of one unit's channels."""
    unit, split, tile = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    tiles = tl.cdiv(ins, block_ins)
    o = (tile // tiles) * block_outs + tl.arange(0, block_outs)
    c = (tile % tiles) * block_ins + tl.arange(0, block_ins)
    number = products.dtype.element_ty
    product = tl.zeros((block_outs, block_ins), dtype=number)
    total = tl.zeros((block_outs,), dtype=number)
    end = tl.minimum((split + 1) * chunk, pixels)
    for first in range(split * chunk, end, block_pixels):
        p = first + tl.arange(0, block_pixels)
        row = p.to(tl.int64)
        of_left = left + row[None, :] * left_row + unit * left_unit + o[:, None]
        of_right = right + row[:, None] * right_row + unit * ins + c[None, :]
        g = tl.load(of_left, mask=(p < end)[None, :] & (o < outs)[:, None], other=0.0).to(number)
        y = tl.load(of_right, mask=(p < end)[:, None] & (c < ins)[None, :], other=0.0).to(number)
        product += tl.dot(g, y, input_precision="ieee")
        total += tl.sum(g, axis=1)
    place = ((split * units + unit) * outs + o)[:, None] * ins + c[None, :]
    tl.store(products + place, product, mask=(o < outs)[:, None] & (c < ins)[None, :])
    is_own = (tile % tiles == 0) & (unit < left_units)
    tl.store(sums + (split * left_units + unit) * outs + o, total, mask=(o < outs) & is_own)
