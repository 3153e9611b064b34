"""See pdarts_core.kernels.skip_sum."""

import triton
import triton.language as tl


@triton.jit
def _state(number: tl.constexpr, state_0, state_1, state_2, state_3, state_4, here, inside):
    """Return a block of the state of that number."""
    if number == 0:
        x = tl.load(state_0 + here, mask=inside, other=0.0)
    elif number == 1:
        x = tl.load(state_1 + here, mask=inside, other=0.0)
    elif number == 2:
        x = tl.load(state_2 + here, mask=inside, other=0.0)
    elif number == 3:
        x = tl.load(state_3 + here, mask=inside, other=0.0)
    else:
        x = tl.load(state_4 + here, mask=inside, other=0.0)
    return x


@triton.jit
def _dropped(x, bits, threshold, scale, here, inside):
    """Return x after dropout, whose bits may be missing."""
    if bits is not None:
        drawn = tl.load(bits + here, mask=inside, other=0)
        x = tl.where(drawn >= tl.load(threshold), x * tl.load(scale), 0.0)
    return x


@triton.jit
def skip_sum(
    output,
    base,
    state_0,
    state_1,
    state_2,
    state_3,
    state_4,
    shares,
    bits,
    threshold,
    scale,
    elements,
    bits_size,
    states: tl.constexpr,
    block: tl.constexpr,
):
    """Write a block of elements of the sum."""
    here = tl.program_id(0).to(tl.int64) * block + tl.arange(0, block)
    inside = here < elements
    number = shares.dtype.element_ty
    total = tl.zeros((block,), dtype=number)
    if base is not None:
        total += tl.load(base + here, mask=inside, other=0.0).to(number)
    for s in tl.static_range(states):
        x = _state(s, state_0, state_1, state_2, state_3, state_4, here, inside).to(number)
        at = here + s * bits_size
        total += tl.load(shares + s) * _dropped(x, bits, threshold, scale, at, inside)
    tl.store(output + here, total, mask=inside)


@triton.jit
def skip_sum_gradient(
    grad,
    state_0,
    state_1,
    state_2,
    state_3,
    state_4,
    shares,
    bits,
    threshold,
    scale,
    grad_states,
    share_parts,
    elements,
    bits_size,
    channels,
    grad_row,
    states: tl.constexpr,
    block: tl.constexpr,
):
    """Write a block of the states' gradients, and its part of the shares'."""
    here = tl.program_id(0).to(tl.int64) * block + tl.arange(0, block)
    inside = here < elements
    of_grad = grad + here // channels * grad_row + here % channels
    number = shares.dtype.element_ty
    g = tl.load(of_grad, mask=inside, other=0.0).to(number)
    for s in tl.static_range(states):
        through = _dropped(g, bits, threshold, scale, here + s * bits_size, inside)
        tl.store(grad_states + s * elements + here, tl.load(shares + s) * through, mask=inside)
        if share_parts is not None:
            x = _state(s, state_0, state_1, state_2, state_3, state_4, here, inside).to(number)
            part = tl.sum(tl.where(inside, through * x, 0.0), axis=0)
            tl.store(share_parts + tl.program_id(0) * states + s, part)
