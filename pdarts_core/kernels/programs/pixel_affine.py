"""See pdarts_core.kernels.pixel_affine."""

import triton
import triton.language as tl

from pdarts_core.kernels.programs.skip_sum import add_skips


@triton.jit(do_not_specialize=["together"], do_not_specialize_on_alignment=["shares"])
def affine(
    maps,
    matrices,
    biases,
    output,
    state_0,
    state_1,
    state_2,
    state_3,
    state_4,
    shares,
    bits,
    threshold,
    scale,
    row_0,
    row_1,
    row_2,
    row_3,
    row_4,
    bits_size,
    pixels,
    outs,
    ins,
    map_row,
    output_row,
    together,
    states: tl.constexpr,
    block_pixels: tl.constexpr,
    block_outs: tl.constexpr,
    block_ins: tl.constexpr,
):
    """Write a tile of A y + b, added up over as many units as belong together; and add states."""
    group = tl.program_id(1)
    p = tl.program_id(0) * block_pixels + tl.arange(0, block_pixels)
    o = tl.program_id(2) * block_outs + tl.arange(0, block_outs)
    row = p.to(tl.int64)[:, None]
    number = matrices.dtype.element_ty
    total = tl.zeros((block_pixels, block_outs), dtype=number)
    for unit in range(group * together, (group + 1) * together):
        total += tl.load(biases + unit * outs + o, mask=o < outs, other=0.0)[None, :]
        for first in range(0, ins, block_ins):
            c = first + tl.arange(0, block_ins)
            of_map = maps + row * map_row + unit * ins + c[None, :]
            y = tl.load(of_map, mask=(p < pixels)[:, None] & (c < ins)[None, :], other=0.0)
            of_matrix = matrices + (unit * outs + o)[None, :] * ins + c[:, None]
            a = tl.load(of_matrix, mask=(c < ins)[:, None] & (o < outs)[None, :], other=0.0)
            total += tl.dot(y.to(number), a, input_precision="ieee")
    inside = (p < pixels)[:, None] & (o < outs)[None, :]
    if states > 0:
        total = add_skips(
            total,
            states,
            (state_0, state_1, state_2, state_3, state_4),
            (row_0, row_1, row_2, row_3, row_4),
            shares,
            (bits, threshold, scale),
            bits_size,
            row,
            o[None, :],
            outs,
            inside,
        )
    tl.store(output + row * output_row + group * outs + o[None, :], total, mask=inside)


@triton.jit
def affine_gradient(
    grads,
    maps,
    matrices,
    through,
    constant,
    output,
    pixels,
    outs,
    ins,
    grad_row,
    grad_unit,
    map_row,
    output_row,
    block_pixels: tl.constexpr,
    block_outs: tl.constexpr,
    block_ins: tl.constexpr,
):
    """Write a tile of one unit's Aᵀ g + T y + c; T is symmetric."""
    unit = tl.program_id(1)
    p = tl.program_id(0) * block_pixels + tl.arange(0, block_pixels)
    d = tl.program_id(2) * block_ins + tl.arange(0, block_ins)
    row = p.to(tl.int64)[:, None]
    number = matrices.dtype.element_ty
    total = tl.zeros((block_pixels, block_ins), dtype=number)
    total += tl.load(constant + unit * ins + d, mask=d < ins, other=0.0)[None, :]
    for first in range(0, outs, block_outs):
        o = first + tl.arange(0, block_outs)
        of_grad = grads + row * grad_row + unit * grad_unit + o[None, :]
        g = tl.load(of_grad, mask=(p < pixels)[:, None] & (o < outs)[None, :], other=0.0)
        of_matrix = matrices + (unit * outs + o)[:, None] * ins + d[None, :]
        a = tl.load(of_matrix, mask=(o < outs)[:, None] & (d < ins)[None, :], other=0.0)
        total += tl.dot(g.to(number), a, input_precision="ieee")
    for first in range(0, ins, block_ins):
        c = first + tl.arange(0, block_ins)
        of_map = maps + row * map_row + unit * ins + c[None, :]
        y = tl.load(of_map, mask=(p < pixels)[:, None] & (c < ins)[None, :], other=0.0)
        of_through = through + (unit * ins + c)[:, None] * ins + d[None, :]
        t = tl.load(of_through, mask=(c < ins)[:, None] & (d < ins)[None, :], other=0.0)
        total += tl.dot(y.to(number), t, input_precision="ieee")
    place = output + row * output_row + unit * ins + d[None, :]
    tl.store(place, total, mask=(p < pixels)[:, None] & (d < ins)[None, :])
