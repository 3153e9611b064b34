"""The backward pass of a cell with kernels of our own."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import torch
from torch import Tensor

from pdarts_core.kernels.depthwise_fan import (
    FanInputs,
    LeavingSkips,
    Maps,
    Sizes,
    fan_gradients,
    parts_of_shares,
    parts_of_weights,
)
from pdarts_core.kernels.folded_norm import Folded
from pdarts_core.kernels.skip_sum import Dropout
from pdarts_core.mixed.by_kernels.norm import normalise_gradients
from pdarts_core.mixed.by_kernels.parts import (
    CellParts,
    CellWeights,
    Made,
    OperationShares,
    after_second_pass,
    columns,
    fan_of,
    part_of,
    second_pass,
)
from pdarts_core.mixed.by_kernels.plan import SourcePlan
from pdarts_core.mixed.folded import FoldedNorm
from pdarts_core.space.cells import NUM_INPUTS, NUM_NODES


class Wanted(NamedTuple):
    """Which gradients are."""

    inputs: Sequence[bool]
    shares: bool
    weights: bool


class CellGradients(NamedTuple):
    """What a backward pass finds."""

    inputs: list[Tensor | None]
    """Pixels [P, C] of each; None if they were not wanted."""
    nodes: Tensor
    """Pixels side by side [P', 4·C]."""
    shares: OperationShares | None
    """None if they were not wanted."""
    weights: list[Tensor | None]
    """As the leaves of the cell's weights; None for those that were not wanted."""


class BackwardPass:
    """A backward pass of a cell.

    Args:
        parts: the cell.
        weights: its weights.
        made: what the forward pass left.
        shares: the weights of its operations.
        dropout: as in the forward pass.
        sizes: of the inputs.
        wanted: which gradients are.
    """

    def __init__(
        self,
        parts: CellParts,
        weights: CellWeights,
        made: Made,
        shares: OperationShares,
        dropout: Dropout,
        sizes: Sizes,
        wanted: Wanted,
    ) -> None:
        self._parts, self._weights, self._made, self._sizes = parts, weights, made, sizes
        self._shares, self._dropout, self._wanted = shares, dropout, wanted
        self._out_sizes = sizes.after(parts.plan.sources[0].stride)
        self._states = made.states(parts.channels)
        self._of_maps = torch.empty_like(made.maps)
        self._of_shares = torch.empty_like(shares.maps)
        programs = parts_of_shares(made.nodes, parts.channels) if wanted.shares else 0
        self._share_parts = shares.skips.new_empty(programs, len(shares.skips))
        in_parts = parts_of_weights(len(made.nodes)) if wanted.weights else 0
        sizes_of_kernels = [sum(k.numel() for k in some) for some in _kernels(weights)]
        numbers = weights.sources[0].first[0].new_empty(in_parts, sum(sizes_of_kernels))
        self._of_kernels = torch.split(numbers, sizes_of_kernels, dim=1)
        self._numbers = numbers
        self._of_pointwise: list[Tensor | None] = [None] * len(weights.sources)

    def run(self, grads: Tensor, *, rectify: bool) -> CellGradients:
        """Return all gradients, from that of the output's pixels [P', 4·C]."""
        if rectify:
            grads = torch.ops.aten.threshold_backward(grads, self._made.nodes, 0)
        else:
            grads = grads.clone(memory_format=torch.contiguous_format)
        self._of_nodes = grads.contiguous()
        of_nodes: list[Tensor | None] = []
        each = columns(self._of_nodes, self._parts.channels)
        for number in reversed(range(NUM_NODES)):
            if NUM_INPUTS + number < len(self._weights.sources):
                self._through_source(NUM_INPUTS + number, each[number], accumulates=True)
            of_nodes.append(self._through_node(number, each[number]))
        of_inputs = [self._through_input(number) for number in range(NUM_INPUTS)]
        shares = (
            OperationShares(self._of_shares, self._share_parts.sum(0))
            if self._wanted.shares
            else None
        )
        return CellGradients(of_inputs, self._of_nodes, shares, self._found(of_nodes[::-1]))

    def _found(self, of_nodes: list[Tensor | None]) -> list[Tensor | None]:
        """Return the gradients of weights; the kernels' are summed all at once."""
        like = [k for some in _kernels(self._weights) for k in some]
        kernels: Iterator[Tensor | None] = iter([None] * len(like))
        if self._numbers.numel():
            sums = torch.split(self._numbers.sum(0), [k.numel() for k in like])
            kernels = (one.view(k.shape) for one, k in zip(sums, like, strict=True))
        found: list[Tensor | None] = []
        for source, of_pointwise in zip(self._weights.sources, self._of_pointwise, strict=True):
            found += [*islice(kernels, len(source.first) + len(source.second)), of_pointwise]
        return found + of_nodes

    def _through_node(self, number: int, grads: Tensor) -> Tensor | None:
        """Find what reaches a node's maps and shares; return what reaches its convolutions."""
        node, norm = self._parts.plan.nodes[number], self._parts.node_norms[number]
        if norm is None:
            return None
        channels, pointwise = self._parts.channels, self._weights.nodes[number]
        return self._through_norm(
            norm,
            grads,
            part_of(self._made.maps, channels, node.maps),
            pointwise,
            node.maps,
            self._made.folded[number],
            part_of(self._of_maps, channels, node.maps),
        )

    def _through_norm(
        self,
        norm: FoldedNorm,
        grads: Tensor,
        rows: Tensor,
        pointwise: Tensor | None,
        maps: slice | None,
        folded: Folded | None,
        of_maps: Tensor,
    ) -> Tensor | None:
        """Find what reaches maps through their norm; without shares, these have no number."""
        assert folded is not None
        shares = None if maps is None else self._shares.maps[maps]
        wants_shares = maps is not None and self._wanted.shares
        return normalise_gradients(
            grads,
            rows,
            norm.of_batch(pointwise, shares),
            folded,
            of_maps=of_maps,
            of_shares=self._of_shares[maps] if wants_shares else None,
            wants_pointwise=self._wanted.weights and pointwise is not None,
        )

    def _through_input(self, number: int) -> Tensor | None:
        rows, source = self._made.inputs[number], self._parts.plan.sources[number]
        is_wanted = self._wanted.inputs[number]
        # The shares' part is found on the way to the images.
        is_needed = is_wanted or (self._wanted.shares and source.has_skips)
        of_images = rows.new_empty(rows.shape if is_needed else (0, rows.shape[1]))
        self._through_source(number, of_images, accumulates=False)
        return of_images if is_wanted else None

    def _through_source(self, number: int, of_images: Tensor, *, accumulates: bool) -> None:
        """Find what reaches a state and its weights through the operations that read it."""
        source, weights = self._parts.plan.sources[number], self._weights.sources[number]
        made, of_kernels = self._made.sources[number], self._of_kernels[2 * number]
        if not (of_images.numel() or self._wanted.weights):
            return
        of_first = self._through_second_pass(number) if source.between else made.first
        skips = self._skips_of(source)
        if (source.reads or skips) and (of_images.numel() or of_kernels.numel()):
            fan = fan_of(source, self._sizes if number < NUM_INPUTS else self._out_sizes)
            places = self._parts.places[source.fan]
            fan_gradients(
                Maps(of_first, self._of_maps, made.winners),
                FanInputs(self._states[number], weights.first, places, fan),
                skips=skips,
                of_images=of_images,
                of_weights=of_kernels,
                accumulates=accumulates,
            )
        elif not accumulates:
            of_images.zero_()

    def _through_second_pass(self, number: int) -> Tensor:
        """Return what reaches the maps before it, [P, n·C]."""
        source, weights = self._parts.plan.sources[number], self._weights.sources[number]
        made, norm = self._made.sources[number], self._parts.source_norms[number]
        assert norm is not None
        of_normed, of_first = torch.empty_like(made.normed), torch.empty_like(made.first)
        places, fan = self._parts.places[source.second], second_pass(self._out_sizes)
        fan_gradients(
            after_second_pass(self._of_maps, made.winners),
            FanInputs(made.normed, weights.second, places, fan),
            skips=None,
            of_images=of_normed,
            of_weights=self._of_kernels[2 * number + 1],
        )
        self._of_pointwise[number] = self._through_norm(
            norm, of_normed, made.first, weights.pointwise, None, made.folded, of_first
        )
        return of_first

    def _skips_of(self, source: SourcePlan) -> LeavingSkips | None:
        if not source.has_skips:
            return None
        nodes = self._parts.places[source.skips]
        return LeavingSkips(
            nodes, self._of_nodes, self._shares.skips, self._dropout, self._share_parts
        )


def _kernels(weights: CellWeights) -> Iterator[Sequence[Tensor]]:
    """Yield each source's kernels of the first, and of the second pass."""
    for source in weights.sources:
        yield source.first
        yield source.second
