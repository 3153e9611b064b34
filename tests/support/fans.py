"""Kernels of our own for a state's operations, as functions with gradients that tests can hold."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pdarts_core.blocks.skip_dropout import SkipDropout
from pdarts_core.kernels.depthwise_fan import (
    KINDS,
    UNDILATED,
    Fan,
    FanInputs,
    LeavingSkips,
    Maps,
    Sizes,
    fan_gradients,
    parts_of_shares,
    parts_of_weights,
    run_fan,
)
from pdarts_core.kernels.launching import rows_of
from pdarts_core.kernels.pixel_affine import affine_maps
from pdarts_core.kernels.skip_sum import Dropout, Skips, skip_sum
from pdarts_core.mixed.side_by_side import as_map

Kernels = Mapping[tuple[int, int], Tensor]
"""[E, C, 1, k, k] by width and dilation; kinds without any are left out."""


def fan_of(
    x: Tensor, kernels: Kernels, *, stride: int, max_poolings: int = 0, average_poolings: int = 0
) -> tuple[Tensor, Tensor]:
    """Return what undilated kernels make of x [N, C, H, W], and what dilated ones and poolings do.

    Each is written to a place in the opposite order, and brought back.
    """
    fan = Fan(Sizes(*x.shape[2:]), stride, True, max_poolings, average_poolings)
    undilated, others = _apply(x, kernels, fan, x.shape[1])
    return undilated, others


def rectified_each(maps: Tensor, kernels: Kernels) -> Tensor:
    """Return what kernels make of a map each, [N, U·C, H, W]."""
    fan = Fan(Sizes(*maps.shape[2:]), 1, shared=False)
    undilated, _ = _apply(maps, kernels, fan, next(iter(kernels.values())).shape[1])
    return undilated


def add_skips(
    base: Tensor | None, states: Sequence[Tensor], shares: Tensor, dropout: SkipDropout
) -> Tensor:
    """Return base + Σ share · dropout(state), [N, C, H, W]."""
    bits = dropout.draw_bits(states[0], len(states))
    apply: Callable[..., Tensor] = _AddSkips.apply
    return apply(Dropout(bits, dropout.threshold, dropout.scale), base, shares, *states)


def _apply(x: Tensor, kernels: Kernels, fan: Fan, channels: int) -> Sequence[Tensor]:
    numbers = x.dtype if x.dtype != torch.bfloat16 else torch.float32
    weights = [
        kernels.get(kind, x.new_empty(0, channels, 1, kind[0], kind[0], dtype=numbers))
        for kind in KINDS
    ]
    is_autocast = torch.is_autocast_enabled(x.device.type)
    dtype = torch.get_autocast_dtype(x.device.type) if is_autocast else x.dtype
    apply: Callable[..., tuple[Tensor, ...]] = _RunFan.apply
    return [_opposite(y, channels) for y in apply(x, fan, dtype, *weights)]


def _opposite(maps: Tensor, channels: int) -> Tensor:
    return torch.cat(torch.split(maps, channels, dim=1)[::-1], dim=1) if maps.shape[1] else maps


class _RunFan(torch.autograd.Function):
    """Takes images [N, C, H, W], a Fan, the maps' type, and each kind's weights."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, fan: Fan, dtype: torch.dtype, *weights: Tensor
    ) -> tuple[Tensor, ...]:
        out, channels = fan.sizes.after(fan.stride), weights[0].shape[1]
        pixels, counts = len(x) * out.height * out.width, [*map(len, weights)]
        undilated = sum(counts[:UNDILATED])
        others = sum(counts[UNDILATED:]) + fan.max_poolings + fan.average_poolings
        made = Maps(
            x.new_empty(pixels, undilated * channels, dtype=dtype),
            x.new_empty(pixels, others * channels, dtype=dtype),
            x.new_empty(pixels, channels if fan.max_poolings else 0, dtype=torch.int8),
        )
        places = [*reversed(range(undilated)), *reversed(range(others))]
        ctx.places = torch.tensor(places, dtype=torch.int32, device=x.device)
        run_fan(FanInputs(rows_of(x), weights, ctx.places, fan), made)
        ctx.save_for_backward(*made, x, *weights)
        ctx.fan = fan
        return tuple(as_map(rows, out) for rows in made[:2])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (
            *made,
            x,
        ) = ctx.saved_tensors[:4]
        weights, fan = ctx.saved_tensors[4:], ctx.fan
        wants_weights = any(ctx.needs_input_grad[3:])
        of_images = torch.empty_like(rows_of(x)) if ctx.needs_input_grad[0] else x.new_empty(0, 1)
        parts = parts_of_weights(len(made[0])) if wants_weights else 0
        of_weights = weights[0].new_empty(parts, sum(w.numel() for w in weights))
        of_undilated, of_others = (rows_of(grad).contiguous() for grad in grads)
        fan_gradients(
            Maps(of_undilated, of_others, made[2]),
            FanInputs(rows_of(x), weights, ctx.places, fan),
            skips=None,
            of_images=of_images,
            of_weights=of_weights,
        )
        each: Sequence[Tensor | None] = [None] * len(weights)
        if wants_weights:
            sums = torch.split(of_weights.sum(0), [w.numel() for w in weights])
            each = [one.view(w.shape) for one, w in zip(sums, weights, strict=True)]
        return as_map(of_images, x.shape[2:]) if of_images.numel() else None, None, None, *each


class _AddSkips(torch.autograd.Function):
    """Takes Dropout, a base [N, C, H, W] or None, shares [S], and states."""

    @staticmethod
    def forward(
        ctx: Any, dropout: Dropout, base: Tensor | None, shares: Tensor, *states: Tensor
    ) -> Tensor:
        ctx.save_for_backward(*dropout, shares, *states)
        rows = [rows_of(state) for state in states]
        output, skips = torch.empty_like(rows[0]), Skips(rows, shares, dropout)
        if base is None:
            skip_sum(skips, output)
        else:
            one, none = torch.eye(output.shape[1], dtype=shares.dtype), output.new_zeros(1, 1)
            one = one.to(output.device)[None]
            biases = none.expand(1, output.shape[1])
            affine_maps(rows_of(base), one, biases.contiguous(), output, summed=True, skips=skips)
        return as_map(output, states[0].shape[2:])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        bits, threshold, scale, shares, *states = ctx.saved_tensors
        rows, channels = rows_of(grads[0]), states[0].shape[1]
        parts = parts_of_shares(rows, channels) if ctx.needs_input_grad[2] else 0
        share_parts = shares.new_empty(parts, len(states))
        fan = Fan(Sizes(*states[0].shape[2:]), 1, shared=True)
        none = [shares.new_empty(0, channels, 1, width, width) for width, _ in KINDS]
        found = []
        for number, state in enumerate(states):
            nodes = torch.tensor([0, number], dtype=torch.int32, device=state.device)
            dropout = Dropout(bits, threshold, scale)
            of_state = torch.zeros_like(rows)
            empty = rows[:, :0]
            fan_gradients(
                Maps(empty, empty, empty.to(torch.int8)),
                FanInputs(rows_of(state), none, nodes[:0], fan),
                skips=LeavingSkips(nodes, rows, shares, dropout, share_parts),
                of_images=of_state,
                of_weights=shares.new_empty(0, 0),
                accumulates=True,
            )
            found.append(as_map(of_state, state.shape[2:]))
        of_shares = share_parts.sum(0) if ctx.needs_input_grad[2] else None
        return None, grads[0] if ctx.needs_input_grad[1] else None, of_shares, *found
