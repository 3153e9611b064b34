"""See pdarts_core.kernels.skip_sum."""

import triton
import triton.language as tl


@triton.jit
def _state(
    number: tl.constexpr,
    state_0,
    row_0,
    state_1,
    row_1,
    state_2,
    row_2,
    state_3,
    row_3,
    state_4,
    row_4,
    p,
    c,
    inside,
):
    """Return a block of the state of that number."""
    if number == 0:
        x = tl.load(state_0 + p * row_0 + c, mask=inside, other=0.0)
    elif number == 1:
        x = tl.load(state_1 + p * row_1 + c, mask=inside, other=0.0)
    elif number == 2:
        x = tl.load(state_2 + p * row_2 + c, mask=inside, other=0.0)
    elif number == 3:
        x = tl.load(state_3 + p * row_3 + c, mask=inside, other=0.0)
    else:
        x = tl.load(state_4 + p * row_4 + c, mask=inside, other=0.0)
    return x


@triton.jit
def dropped(x, bits, threshold, scale, here, inside):
    """Return x after dropout, whose bits may be missing."""
    if bits is not None:
        drawn = tl.load(bits + here, mask=inside, other=0)
        x = tl.where(drawn >= tl.load(threshold), x * tl.load(scale), 0.0)
    return x


@triton.jit
def add_skips(
    total,
    states: tl.constexpr,
    state_0,
    row_0,
    state_1,
    row_1,
    state_2,
    row_2,
    state_3,
    row_3,
    state_4,
    row_4,
    shares,
    bits,
    bits_size,
    threshold,
    scale,
    p,
    c,
    channels,
    inside,
):
    """Add the states to what there is of pixels p and channels c, each with its share."""
    for s in tl.static_range(states):
        x = _state(
            s,
            state_0,
            row_0,
            state_1,
            row_1,
            state_2,
            row_2,
            state_3,
            row_3,
            state_4,
            row_4,
            p,
            c,
            inside,
        )
        element = s * bits_size + p * channels + c
        x = dropped(x.to(total.dtype), bits, threshold, scale, element, inside)
        total += tl.load(shares + s) * x
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
        state_0,
        row_0,
        state_1,
        row_1,
        state_2,
        row_2,
        state_3,
        row_3,
        state_4,
        row_4,
        shares,
        bits,
        bits_size,
        threshold,
        scale,
        p,
        c,
        channels,
        inside,
    )
    tl.store(place, total, mask=inside)
