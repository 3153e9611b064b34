"""See pdarts_core.kernels.skip_sum."""

import triton
import triton.language as tl


@triton.jit
def dropped(x, bits, threshold, scale, here, inside):
    """Return x after dropout, whose bits may be missing."""
    if bits is not None:
        drawn = tl.load(bits + here, mask=inside, other=0)
        x = tl.where(drawn >= tl.load(threshold), x * tl.load(scale), 0.0)
    return x


@triton.jit
def add_skips(
    total, number: tl.constexpr, states, rows, shares, dropout, bits_size, p, c, channels, inside
):
    """Add so many states to what there is of pixels p and channels c, each with its share."""
    bits, threshold, scale = dropout
    for s in tl.static_range(number):
        x = tl.load(states[s] + p * rows[s] + c, mask=inside, other=0.0).to(total.dtype)
        element = s * bits_size + p * channels + c
        total += tl.load(shares + s) * dropped(x, bits, threshold, scale, element, inside)
    return total


@triton.jit(do_not_specialize_on_alignment=["shares"])
def skip_sum(
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
    elements,
    channels,
    output_row,
    states: tl.constexpr,
    block: tl.constexpr,
):
    """Write a block of elements of the sum."""
    here = tl.program_id(0).to(tl.int64) * block + tl.arange(0, block)
    inside = here < elements
    p, c = here // channels, here % channels
    total = tl.zeros((block,), dtype=shares.dtype.element_ty)
    place = output + p * output_row + c
    total = add_skips(
        total,
        states,
        (state_0, state_1, state_2, state_3, state_4),
        (row_0, row_1, row_2, row_3, row_4),
        shares,
        (bits, threshold, scale),
        bits_size,
        p,
        c,
        channels,
        inside,
    )
    tl.store(place, total, mask=inside)
