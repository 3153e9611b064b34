"""The skip-connects of a node with a kernel of our own: dropout, shares and sum in one launch."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pdarts_core.blocks.skip_dropout import SkipDropout
from pdarts_core.kernels.launching import rows_of
from pdarts_core.kernels.skip_sum import Dropout, skip_sum, skip_sum_gradients


def add_skips(
    base: Tensor | None, states: Sequence[Tensor], shares: Tensor, dropout: SkipDropout
) -> Tensor:
    """Return base + Σ share · dropout(state), [N, C, H, W].

    Args:
        base: the other summands, [N, C, H, W], or None.
        states: up to 5, [N, C, H, W] each.
        shares: [S].
        dropout: applied to each state.
    """
    bits = dropout.draw_bits(states[0], times=len(states))
    drawn = Dropout(bits, dropout.threshold, dropout.scale)
    apply: Callable[..., Tensor] = _SkipSum.apply
    return apply(drawn, base, shares, *states)


class _SkipSum(torch.autograd.Function):
    """Takes Dropout, a base [N, C, H, W] or None, shares [S], and states."""

    @staticmethod
    def forward(
        ctx: Any, dropout: Dropout, base: Tensor | None, shares: Tensor, *states: Tensor
    ) -> Tensor:
        bits, *others = dropout
        ctx.save_for_backward(bits, *others, shares, *states)
        rows = [rows_of(state).contiguous() for state in states]
        of_base = None if base is None else rows_of(base).contiguous()
        return _like(skip_sum(of_base, rows, shares, dropout), states[0])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        bits, threshold, scale, shares, *states = ctx.saved_tensors
        (grad,) = grads
        of_states, of_shares = skip_sum_gradients(
            rows_of(grad),
            [rows_of(state).contiguous() for state in states],
            shares,
            Dropout(bits, threshold, scale),
            wants_shares=ctx.needs_input_grad[2],
        )
        of_base = grad if ctx.needs_input_grad[1] else None
        return None, of_base, of_shares, *(_like(rows, states[0]) for rows in of_states)


def _like(rows: Tensor, image: Tensor) -> Tensor:
    """View pixels [N·H·W, C] as images [N, C, H, W]."""
    images, channels, height, width = image.shape
    return rows.view(images, height, width, channels).permute(0, 3, 1, 2)
