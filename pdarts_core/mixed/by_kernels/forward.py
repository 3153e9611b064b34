"""The forward pass of a cell with kernels of our own."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pdarts_core.kernels.depthwise_fan import FanInputs, Maps, Sizes, run_fan
from pdarts_core.kernels.folded_norm import Folded
from pdarts_core.kernels.launching import rows_of
from pdarts_core.kernels.pixel_affine import affine_maps
from pdarts_core.kernels.skip_sum import Dropout, Skips, skip_sum
from pdarts_core.mixed.by_kernels.norm import normalise
from pdarts_core.mixed.by_kernels.parts import (
    CellParts,
    CellWeights,
    Made,
    OperationShares,
    SourceMade,
    after_second_pass,
    fan_of,
    part_of,
    second_pass,
)
from pdarts_core.mixed.by_kernels.plan import NodePlan
from pdarts_core.mixed.folded import FoldedNorm
from pdarts_core.mixed.side_by_side import as_map
from pdarts_core.space.cells import NUM_INPUTS, NUM_NODES


class ForwardPass:
    """A forward pass of a cell.

    Args:
        parts: the cell.
        weights: its weights.
        inputs: the first two states, [N, C, H, W].
        shares: the weights of its operations.
        dropout: of its skip-connects.
        numbers: the type of maps.
        by_running: whether running statistics normalise; otherwise the batch's, which move them.
    """

    def __init__(
        self,
        parts: CellParts,
        weights: CellWeights,
        inputs: Sequence[Tensor],
        shares: OperationShares,
        dropout: Dropout,
        numbers: torch.dtype,
        *,
        by_running: bool,
    ) -> None:
        self._parts, self._weights = parts, weights
        self._shares, self._dropout, self._by_running = shares, dropout, by_running
        self._sizes = Sizes(*inputs[0].shape[2:])
        self._out_sizes = self._sizes.after(parts.plan.sources[0].stride)
        height, width = self._out_sizes
        self._count = parts.share.images_of(inputs[0]) * height * width
        pixels, channels = len(inputs[0]) * height * width, parts.channels
        nodes = inputs[0].new_empty(pixels, NUM_NODES * channels, dtype=numbers)
        self._made = Made(
            inputs=[rows_of(x) for x in inputs],
            nodes=nodes,
            maps=nodes.new_empty(pixels, parts.plan.maps * channels),
            sources=[],
            folded=[],
        )
        self._states = self._made.states(channels)

    def run(self, summands: Sequence[Tensor | None]) -> Made:
        """Compute all nodes; `summands` [N, C, H', W'] or None are what else each adds up."""
        made = self._made
        for number, summand in enumerate(summands):
            while len(made.sources) < NUM_INPUTS + number:
                made.sources.append(self._run_source(len(made.sources)))
            made.folded.append(self._run_node(number, summand))
        return made

    def output(self, *, rectify: bool) -> Tensor:
        """Return the nodes, after ReLU if asked for, [N, 4·C, H', W']."""
        nodes = self._made.nodes
        return as_map(nodes.relu() if rectify else nodes, self._out_sizes)

    def _run_source(self, number: int) -> SourceMade:
        source, weights = self._parts.plan.sources[number], self._weights.sources[number]
        maps, channels, places = self._made.maps, self._parts.channels, self._parts.places
        first = maps.new_empty(len(maps), source.between * channels)
        of_winner = channels if source.poolings[0] else 0
        winners = maps.new_empty(len(maps), of_winner, dtype=torch.int8)
        made = SourceMade(first, torch.empty_like(first), winners, None)
        if source.reads:
            fan = fan_of(source, self._sizes if number < NUM_INPUTS else self._out_sizes)
            output = Maps(first, maps, winners)
            inputs = FanInputs(self._states[number], weights.first, places[source.fan], fan)
            run_fan(inputs, output)
        if source.between:
            norm = self._parts.source_norms[number]
            folded = self._normalise(norm, first, weights.pointwise, None, made.normed)
            made = made._replace(folded=folded)
            fan, output = second_pass(self._out_sizes), after_second_pass(maps, winners)
            run_fan(FanInputs(made.normed, weights.second, places[source.second], fan), output)
        return made

    def _run_node(self, number: int, summand: Tensor | None) -> Folded | None:
        node, norm = self._parts.plan.nodes[number], self._parts.node_norms[number]
        column, skips, folded = self._states[NUM_INPUTS + number], self._skips_of(node), None
        if norm is not None:
            rows = part_of(self._made.maps, self._parts.channels, node.maps)
            pointwise, shares = self._weights.nodes[number], self._shares.maps[node.maps]
            folded = self._normalise(norm, rows, pointwise, shares, column, skips)
        elif skips is not None:
            skip_sum(skips, column)
        else:
            column.zero_()
        if summand is not None:
            column.add_(rows_of(summand))
        return folded

    def _skips_of(self, node: NodePlan) -> Skips | None:
        if not node.skip_sources:
            return None
        bits, threshold, scale = self._dropout
        drawn = Dropout(None if bits is None else bits[node.skips], threshold, scale)
        states = [self._states[source] for source in node.skip_sources]
        return Skips(states, self._shares.skips[node.skips], drawn)

    def _normalise(
        self,
        norm: FoldedNorm | None,
        rows: Tensor,
        pointwise: Tensor | None,
        shares: Tensor | None,
        output: Tensor,
        skips: Skips | None = None,
    ) -> Folded | None:
        assert norm is not None
        if not self._by_running:
            given, count = norm.of_batch(pointwise, shares), self._count
            return normalise(rows, given, output, count=count, skips=skips)
        matrices, biases = norm.by_running(pointwise, shares)
        affine_maps(rows, matrices, biases, output, summed=shares is not None, skips=skips)
        return None
