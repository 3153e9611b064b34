"""See pdarts_core.kernels.folded_norm."""

import triton
import triton.language as tl


@triton.jit
def _row_of_sums(sums, parts, step, place, inside, block_parts: tl.constexpr):
    """Return what lies at `place`, added up over parts that are `step` apart."""
    total = tl.zeros(place.shape, dtype=sums.dtype.element_ty)
    for first in range(0, parts, block_parts):
        s = first + tl.arange(0, block_parts)
        mask = (s < parts)[:, None] & inside[None, :]
        total += tl.sum(tl.load(sums + s[:, None] * step + place[None, :], mask=mask, other=0.0), 0)
    return total


@triton.jit
def _tile_of_sums(sums, parts, step, place, inside, block_parts: tl.constexpr):
    """Return the tile at `place`, added up over parts that are `step` apart."""
    total = tl.zeros(place.shape, dtype=sums.dtype.element_ty)
    for first in range(0, parts, block_parts):
        s = first + tl.arange(0, block_parts)
        mask = (s < parts)[:, None, None] & inside[None, :, :]
        here = sums + s[:, None, None] * step + place[None, :, :]
        total += tl.sum(tl.load(here, mask=mask, other=0.0), 0)
    return total


@triton.jit
def _pointwise(pointwise, unit, given, outs, ins, o, c):
    """Return a tile of a unit's 1×1 convolution: the identity, where none is given."""
    inside = (o < outs)[:, None] & (c < ins)[None, :]
    place = pointwise + (unit * outs + o)[:, None] * ins + c[None, :]
    p = tl.load(place, mask=inside & (unit < given), other=0.0)
    return tl.where(inside & (unit >= given) & (o[:, None] == c[None, :]), 1.0, p)


# Shares are a part of a cell's, which may begin anywhere.
@triton.jit(
    do_not_specialize=["parts", "units", "given", "count"],
    do_not_specialize_on_alignment=["shares"],
)
def fold_norm(
    sums,
    products,
    pointwise,
    shares,
    running_mean,
    running_variance,
    mean,
    spread,
    out_mean,
    inverse,
    scale,
    matrices,
    biases,
    parts,
    units,
    given,
    outs,
    ins,
    pixels,
    count,
    epsilon: tl.constexpr,
    momentum: tl.constexpr,
    block_parts: tl.constexpr,
    block_outs: tl.constexpr,
    block_ins: tl.constexpr,
):
    """Fold the norm of some outputs of one unit."""
    unit = tl.program_id(0)
    o = tl.program_id(1) * block_outs + tl.arange(0, block_outs)
    of_out = unit * outs + o
    number = spread.dtype.element_ty
    variances = tl.zeros((block_outs,), dtype=number)
    means = tl.zeros((block_outs,), dtype=number)
    for right in range(0, ins, block_ins):
        d = right + tl.arange(0, block_ins)
        at_d = unit * ins + d
        mean_d = _row_of_sums(sums, parts, units * ins, at_d, d < ins, block_parts) / pixels
        is_own = (d < ins) & (tl.program_id(1) == 0)
        tl.store(mean + at_d, mean_d, mask=is_own)
        spreads = tl.zeros((block_outs, block_ins), dtype=number)
        for left in range(0, ins, block_ins):
            c = left + tl.arange(0, block_ins)
            at_c = unit * ins + c
            mean_c = _row_of_sums(sums, parts, units * ins, at_c, c < ins, block_parts) / pixels
            place = at_c[:, None] * ins + d[None, :]
            inside = (c < ins)[:, None] & (d < ins)[None, :]
            scatter = _tile_of_sums(products, parts, units * ins * ins, place, inside, block_parts)
            scatter -= pixels * mean_c[:, None] * mean_d[None, :]
            p = _pointwise(pointwise, unit, given, outs, ins, o, c)
            spreads += tl.dot(p, scatter, input_precision="ieee")
        spreads = spreads / pixels
        place = of_out[:, None] * ins + d[None, :]
        inside = (o < outs)[:, None] & (d < ins)[None, :]
        p = _pointwise(pointwise, unit, given, outs, ins, o, d)
        tl.store(spread + place, spreads, mask=inside)
        variances += tl.sum(spreads * p, axis=1)
        means += tl.sum(p * mean_d[None, :], axis=1)
    variances = tl.maximum(variances, 0.0)
    inverses = tl.rsqrt(variances + epsilon)
    scales = inverses
    if shares is not None:
        scales = inverses * tl.load(shares + unit)
    is_out = o < outs
    tl.store(out_mean + of_out, means, mask=is_out)
    tl.store(inverse + of_out, inverses, mask=is_out)
    tl.store(scale + of_out, scales, mask=is_out)
    tl.store(biases + of_out, -scales * means, mask=is_out)
    for right in range(0, ins, block_ins):
        d = right + tl.arange(0, block_ins)
        place = of_out[:, None] * ins + d[None, :]
        inside = is_out[:, None] & (d < ins)[None, :]
        p = _pointwise(pointwise, unit, given, outs, ins, o, d)
        tl.store(matrices + place, scales[:, None] * p, mask=inside)
    before = tl.load(running_mean + of_out, mask=is_out)
    tl.store(running_mean + of_out, before + momentum * (means - before), mask=is_out)
    unbiased = variances * count / tl.maximum(count - 1, 1)
    before = tl.load(running_variance + of_out, mask=is_out)
    tl.store(running_variance + of_out, before + momentum * (unbiased - before), mask=is_out)


@triton.jit(
    do_not_specialize=["parts", "units", "given", "sum_units"],
    do_not_specialize_on_alignment=["grad_shares"],
)
def unfold_norm(
    grad_products,
    grad_sums,
    pointwise,
    mean,
    spread,
    out_mean,
    inverse,
    scale,
    grad_pointwise,
    grad_shares,
    through,
    constant,
    parts,
    units,
    given,
    sum_units,
    outs,
    ins,
    pixels,
    processes,
    block_parts: tl.constexpr,
    block_outs: tl.constexpr,
    block_ins: tl.constexpr,
):
    """Compute one unit's gradients, for a tile of its channels."""
    unit = tl.program_id(0)
    c = tl.program_id(1) * block_ins + tl.arange(0, block_ins)
    d = tl.program_id(2) * block_ins + tl.arange(0, block_ins)
    number = spread.dtype.element_ty
    squares = tl.zeros((block_ins, block_ins), dtype=number)
    offsets = tl.zeros((block_ins,), dtype=number)
    share_loss = tl.zeros((block_outs,), dtype=number)
    mean_c = tl.load(mean + unit * ins + c, mask=c < ins, other=0.0)
    step = units * outs * ins
    for first in range(0, outs, block_outs):
        o = first + tl.arange(0, block_outs)
        is_out = o < outs
        of_out = unit * outs + o
        at_sum = tl.minimum(unit, sum_units - 1) * outs + o
        bias_loss = _row_of_sums(grad_sums, parts, sum_units * outs, at_sum, is_out, block_parts)
        out_means = tl.load(out_mean + of_out, mask=is_out, other=0.0)
        inverses = tl.load(inverse + of_out, mask=is_out, other=0.0)
        scales = tl.load(scale + of_out, mask=is_out, other=0.0)
        scale_loss = -bias_loss * out_means
        for left in range(0, ins, block_ins):
            e = left + tl.arange(0, block_ins)
            place = of_out[:, None] * ins + e[None, :]
            inside = is_out[:, None] & (e < ins)[None, :]
            p = _pointwise(pointwise, unit, given, outs, ins, o, e)
            loss = _tile_of_sums(grad_products, parts, step, place, inside, block_parts)
            scale_loss += tl.sum(loss * p, axis=1)
        by_scale = scale_loss * inverses
        share_loss += by_scale
        # What reaches variances and means has a minus sign, which stays outside until the end.
        variance_loss = by_scale * scales * inverses
        mean_loss = scales * bias_loss
        at_c = of_out[:, None] * ins + c[None, :]
        inside_c = is_out[:, None] & (c < ins)[None, :]
        p_c = _pointwise(pointwise, unit, given, outs, ins, o, c)
        p_d = _pointwise(pointwise, unit, given, outs, ins, o, d)
        squares += tl.dot(tl.trans(p_c), variance_loss[:, None] * p_d, input_precision="ieee")
        offsets += tl.sum(p_c * (variance_loss * out_means - mean_loss)[:, None], axis=0)
        if grad_pointwise is not None:
            loss = _tile_of_sums(grad_products, parts, step, at_c, inside_c, block_parts)
            own = scales[:, None] * loss - mean_loss[:, None] * mean_c[None, :]
            spreads = tl.load(spread + at_c, mask=inside_c, other=0.0)
            own = (own - variance_loss[:, None] * spreads) / processes
            is_own = (unit < given) & (tl.program_id(2) == 0)
            tl.store(grad_pointwise + at_c, own, mask=inside_c & is_own)
    place = (unit * ins + c)[:, None] * ins + d[None, :]
    inside = (c < ins)[:, None] & (d < ins)[None, :]
    tl.store(through + place, -squares / pixels, mask=inside)
    is_own = (c < ins) & (tl.program_id(2) == 0)
    tl.store(constant + unit * ins + c, offsets / pixels, mask=is_own)
    if grad_shares is not None:
        is_first = (tl.program_id(1) == 0) & (tl.program_id(2) == 0)
        tl.store(grad_shares + unit, tl.sum(share_loss, axis=0) / processes, mask=is_first)
