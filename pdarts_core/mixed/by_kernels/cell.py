"""A cell of the search network with kernels of our own, as one function with its own gradients.

It is the function of `pdarts_core.mixed.cell` in few launches. All maps lie in one tensor, where
the nodes read them; so do all their gradients, where the states read those. Nothing is copied
together, and what reaches a state on several ways is added up in the launch that computes it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.utils._pytree import tree_flatten, tree_unflatten

from pdarts_core.kernels.depthwise_fan import Sizes
from pdarts_core.kernels.launching import rows_of
from pdarts_core.kernels.skip_sum import Dropout
from pdarts_core.mixed.by_kernels.forward import ForwardPass
from pdarts_core.mixed.by_kernels.gradients import BackwardPass, Wanted
from pdarts_core.mixed.by_kernels.parts import (
    CellParts,
    CellWeights,
    OperationShares,
    columns,
)
from pdarts_core.mixed.side_by_side import as_map
from pdarts_core.space.cells import NUM_INPUTS, NUM_NODES


def run_cell(
    parts: CellParts,
    weights: CellWeights,
    inputs: Sequence[Tensor],
    shares: OperationShares,
    dropout: Dropout,
    summands: Sequence[Tensor | None],
    *,
    rectify: bool,
) -> Tensor:
    """Return the nodes of a cell, after ReLU if asked for, [N, 4·C, H', W'].

    The batch's statistics normalise, and move the running ones.

    Args:
        parts: the cell.
        weights: its weights.
        inputs: the first two states, [N, C, H, W].
        shares: the weights of its operations.
        dropout: of its skip-connects.
        summands: what else each node adds up, [N, C, H', W'], or None.
        rectify: whether ReLU is applied.
    """
    leaves, form = tree_flatten(weights)
    given = (parts, form, dropout, _numbers(inputs[0]), rectify)
    apply: Callable[..., Tensor] = _RunCell.apply
    with torch.autocast(inputs[0].device.type, enabled=False):
        return apply(given, *inputs, *shares, *summands, *leaves)


@torch.no_grad()
def run_cell_by_running(
    parts: CellParts,
    weights: CellWeights,
    inputs: Sequence[Tensor],
    shares: OperationShares,
    summands: Sequence[Tensor | None],
    *,
    rectify: bool,
) -> Tensor:
    """Like `run_cell`, by running statistics, and without dropout and gradients."""
    numbers, none = _numbers(inputs[0]), inputs[0].new_empty(0)
    with torch.autocast(inputs[0].device.type, enabled=False):
        dropout = Dropout(None, none, none)
        forward = ForwardPass(parts, weights, inputs, shares, dropout, numbers, by_running=True)
        forward.run(summands)
        return forward.output(rectify=rectify)


def _numbers(x: Tensor) -> torch.dtype:
    """Return the type that maps have."""
    kind = x.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x.dtype


class _RunCell(torch.autograd.Function):
    """Takes what has no gradient, two inputs, shares, four summands or None, and weights."""

    @staticmethod
    def forward(ctx: Any, given: tuple[Any, ...], *tensors: Tensor | None) -> Tensor:
        parts, form, dropout, numbers, rectify = given
        inputs, shares, summands, leaves = _divided(tensors)
        weights = tree_unflatten(leaves, form)
        forward = ForwardPass(
            parts, weights, inputs, OperationShares(*shares), dropout, numbers, by_running=False
        )
        kept, ctx.form_of_made = tree_flatten(forward.run(summands))
        ctx.given, ctx.kept = (parts, form, rectify), len(kept)
        ctx.sizes = Sizes(*inputs[0].shape[2:])
        ctx.save_for_backward(*kept, *dropout, *shares, *leaves)
        return forward.output(rectify=rectify)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        parts, form, rectify = ctx.given
        saved, end = list(ctx.saved_tensors), ctx.kept
        dropout, shares = Dropout(*saved[end : end + 3]), OperationShares(*saved[end + 3 : end + 5])
        of_inputs, of_shares, of_summands, of_weights = _divided(ctx.needs_input_grad[1:])
        found = BackwardPass(
            parts,
            tree_unflatten(saved[end + 5 :], form),
            tree_unflatten(saved[:end], ctx.form_of_made),
            shares,
            dropout,
            ctx.sizes,
            Wanted(of_inputs, any(of_shares), any(of_weights)),
        ).run(rows_of(grads[0]), rectify=rectify)
        after = ctx.sizes.after(parts.plan.sources[0].stride)
        nodes = zip(columns(found.nodes, parts.channels), of_summands, strict=True)
        return (
            None,
            *(None if rows is None else as_map(rows, ctx.sizes) for rows in found.inputs),
            *(found.shares or (None, None)),
            *(as_map(rows, after) if wanted else None for rows, wanted in nodes),
            *found.weights,
        )


def _divided(given: Sequence[Any]) -> tuple[Sequence[Any], ...]:
    """Divide what belongs to inputs, shares, summands and weights."""
    to_inputs, to_shares = NUM_INPUTS, NUM_INPUTS + len(OperationShares._fields)
    to_summands = to_shares + NUM_NODES
    return (
        given[:to_inputs],
        given[to_inputs:to_shares],
        given[to_shares:to_summands],
        given[to_summands:],
    )
