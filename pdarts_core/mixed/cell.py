"""A cell of the search network that computes each thing once.

It is the same function as PlainSearchCell. All edges that leave a state share its ReLU and its
poolings, and each node is one sum of matrix products over what its edges bring: 1×1 convolutions,
batch norms and shares are folded into the matrices. `none` adds nothing beyond its share.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import chain
from typing import Self, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pdarts_core.blocks.depthwise import depthwise_fan
from pdarts_core.blocks.depthwise_by_kernels import Weights, fan_of, rectified_each
from pdarts_core.blocks.operation_modules import POOLINGS, input_preprocessing, shift_diagonally
from pdarts_core.blocks.skip_dropout import SkipDropout
from pdarts_core.blocks.skips_by_kernels import add_skips
from pdarts_core.mixed.folded import FoldedNorm
from pdarts_core.mixed.side_by_side import one_by_one
from pdarts_core.mixed.skeleton import weights_and_statistics
from pdarts_core.space.cells import CONCAT, EDGES, Edge, KeptOperations
from pdarts_core.space.layout import CellLayout
from pdarts_core.space.operations import AVG_POOL, MAX_POOL, SEPARABLE_CONVOLUTIONS, SKIP_CONNECT

Kept = Mapping[Edge, Sequence[str]]
"""Names of the operations alive on edges."""
Term = tuple[str, Edge]
"""An operation on an edge."""
Maps = dict[Term, Tensor]
"""What operations bring to a node: all but their last 1×1 convolution and batch norm."""
NamedTensors = Iterator[tuple[str, Tensor]]


def terms_of(kept: Kept, names: Iterable[str]) -> list[Term]:
    """Return where operations of these names are alive: by name, then by edge."""
    return [(name, edge) for name in names for edge, alive in kept.items() if name in alive]


def _by_shape(kernels: nn.ParameterDict) -> Weights:
    shapes = {name: SEPARABLE_CONVOLUTIONS[name] for name in kernels}
    return {(shape.kernel, shape.dilation): kernels[name] for name, shape in shapes.items()}


class SourceOperations(nn.Module):
    """The operations that read one state, up to their last 1×1 convolution.

    With kernels of our own (`uses_kernels`), all its convolutions are computed at once.

    Args:
        channels: of the state.
        stride: of the edges that leave it.
        kept: the operations alive on those edges.
    """

    def __init__(self, channels: int, stride: int, kept: Kept) -> None:
        super().__init__()
        self.stride = stride
        self.poolings = terms_of(kept, POOLINGS)
        self.reductions = terms_of(kept, [SKIP_CONNECT]) if stride == 2 else []
        self.convolutions = {
            name: terms for name in SEPARABLE_CONVOLUTIONS if (terms := terms_of(kept, [name]))
        }
        self.first = nn.ParameterDict()
        self.second = nn.ParameterDict()
        for name, terms in self.convolutions.items():
            kernel = SEPARABLE_CONVOLUTIONS[name].kernel
            size = (len(terms), channels, 1, kernel, kernel)
            self.first[name] = nn.Parameter(torch.empty(size))
            if SEPARABLE_CONVOLUTIONS[name].passes == 2:
                self.second[name] = nn.Parameter(torch.empty(size))
        self.between = [term for name in self.second for term in self.convolutions[name]]
        self.uses_kernels = False
        if self.between:
            self.pointwise = nn.Parameter(torch.empty(len(self.between), channels, channels))
            self.norm = FoldedNorm(len(self.between), channels)

    def forward(self, state: Tensor) -> Maps:
        """Map the state [N, C, H, W] to what it brings to the nodes, [N, …, H', W'] each."""
        if self.uses_kernels:
            rectified = F.relu(state) if self.reductions else state
            return self._reduced(rectified) | self._by_kernels(state)
        rectified = F.relu(state) if self.convolutions or self.reductions else state
        return self._pooled(state) | self._reduced(rectified) | self._convolved(rectified)

    def _pooled(self, state: Tensor) -> Maps:
        names = dict.fromkeys(name for name, _ in self.poolings)
        pooled = {name: POOLINGS[name](state, self.stride) for name in names}
        return {term: pooled[term[0]] for term in self.poolings}

    def _reduced(self, rectified: Tensor) -> Maps:
        if not self.reductions:
            return {}
        grids = [g[:, :, ::2, ::2] for g in (rectified, shift_diagonally(rectified))]
        return dict.fromkeys(self.reductions, torch.cat(grids, dim=1))

    def _convolved(self, rectified: Tensor) -> Maps:
        fans: dict[str, Sequence[Tensor]] = {
            name: depthwise_fan(
                rectified,
                self.first[name],
                stride=self.stride,
                dilation=SEPARABLE_CONVOLUTIONS[name].dilation,
            )
            for name in self.convolutions
        }
        if self.between:
            fans |= self._second_pass(fans)
        maps: Maps = {}
        for name, terms in self.convolutions.items():
            maps |= zip(terms, one_by_one(fans[name], rectified.shape[1]), strict=True)
        return maps

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:  # noqa: FBT001, FBT002
        """Show kernels [E, C, 1, k, k] as [E·C, 1, k, k]: channels_last wants four dimensions."""

        def apply(tensor: Tensor) -> Tensor:
            if tensor.dim() != 5:
                return fn(tensor)
            return fn(tensor.flatten(0, 1)).reshape(tensor.shape)

        super()._apply(apply, recurse)  # type: ignore[no-untyped-call]
        return self

    def _second_pass(self, fans: Mapping[str, Sequence[Tensor]]) -> dict[str, list[Tensor]]:
        normed = iter(self.norm([y for name in self.second for y in fans[name]], self.pointwise))
        second: dict[str, list[Tensor]] = {}
        for name, kernels in self.second.items():
            second[name] = []
            for kernel in kernels.chunk(len(fans[name])):
                rectified = F.relu(next(normed))
                own = kernel.flatten(0, 1)[None]
                second[name] += depthwise_fan(rectified, own, stride=1, dilation=1)
        return second

    def _by_kernels(self, state: Tensor) -> Maps:
        if not (self.poolings or self.convolutions):
            return {}
        names = {name for name, _ in self.poolings}
        twice, once = fan_of(
            state,
            _by_shape(self.first),
            stride=self.stride,
            max_pooling=MAX_POOL in names,
            average_pooling=AVG_POOL in names,
        )
        if self.between:
            (normed,) = self.norm([twice], self.pointwise)
            twice = rectified_each(normed, _by_shape(self.second))
        channels = state.shape[1]
        maps: Maps = dict(zip(self.between, one_by_one([twice], channels), strict=True))
        convolved = [terms for name, terms in self.convolutions.items() if name not in self.second]
        dilated = list(chain.from_iterable(convolved))
        pooled = [name for name in POOLINGS if name in names]
        others = one_by_one([once], channels)
        maps |= zip(dilated, others[: len(dilated)], strict=True)
        by_name = dict(zip(pooled, others[len(dilated) :], strict=True))
        return maps | {term: by_name[term[0]] for term in self.poolings}

    def tensors_of(self, term: Term) -> NamedTensors:
        """Yield an operation's tensors that are kept here, by their names in the plain layout."""
        name, _ = term
        if name not in SEPARABLE_CONVOLUTIONS:
            return
        position = self.convolutions[name].index(term)
        yield "layers.1.weight", self.first[name].detach()[position]
        if name in self.second:
            unit = self.between.index(term)
            yield "layers.2.weight", self.pointwise.detach()[unit, :, :, None, None]
            yield from self.norm.tensors_of(unit, "layers.3")
            yield "layers.5.weight", self.second[name].detach()[position]


class NodeSum(nn.Module):
    """A node: the weighted sum of the operations on the edges that end in it.

    Args:
        channels: of the node.
        strides: of each of those edges.
        kept: the operations alive on them.
    """

    first_half: Tensor

    def __init__(self, channels: int, strides: Mapping[Edge, int], kept: Kept) -> None:
        super().__init__()
        self.strides = strides
        self.uses_kernels = False
        convolutions, poolings = terms_of(kept, SEPARABLE_CONVOLUTIONS), terms_of(kept, POOLINGS)
        self.normed = [*convolutions, *poolings]
        skips = terms_of(kept, [SKIP_CONNECT])
        self.reductions = [term for term in skips if strides[term[1]] == 2]
        self.skips = [term for term in skips if strides[term[1]] == 1]
        self.terms = [*self.normed, *self.reductions, *self.skips]
        if convolutions:
            self.pointwise = nn.Parameter(torch.empty(len(convolutions), channels, channels))
        if self.normed:
            self.norm = FoldedNorm(len(self.normed), channels, unconvolved=len(poolings))
        if self.reductions:
            self.reduction = nn.Parameter(torch.empty(len(self.reductions), channels, channels))
            self.reduction_norm = FoldedNorm(len(self.reductions), channels)
        first_half = (torch.arange(channels) < channels // 2)[:, None].float()
        self.register_buffer("first_half", first_half, persistent=False)

    def forward(
        self, states: Sequence[Tensor], maps: Maps, shares: Tensor, dropout: SkipDropout
    ) -> Tensor:
        """Return the node [N, C, H, W].

        Args:
            states: the states before it.
            maps: of the operations on its edges, but for skip-connects with stride 1.
            shares: the weights of its operations, in the order of `terms`.
            dropout: applied to skip-connects with stride 1.
        """
        sizes = [len(self.normed), len(self.reductions), len(self.skips)]
        normed, reduced, skipped = torch.split(shares, sizes)
        summands: list[Tensor] = []
        if self.normed:
            pointwise = getattr(self, "pointwise", None)
            summands += self.norm([maps[term] for term in self.normed], pointwise, normed)
        if self.reductions:
            summands += self.reduction_norm(
                [maps[term] for term in self.reductions], self._reduction_pointwise(), reduced
            )
        if self.skips and self.uses_kernels:
            base = reduce(torch.add, summands) if summands else None
            skips = [states[edge.source] for _, edge in self.skips]
            return add_skips(base, skips, skipped, dropout)
        for (_, edge), share in zip(self.skips, skipped, strict=True):
            summands.append(share * dropout(states[edge.source]))
        return reduce(torch.add, summands) if summands else self._nothing(states, shares)

    def _reduction_pointwise(self) -> Tensor:
        """Return [R, C, 2C]: the first half of the outputs reads even pixels, the other odd."""
        even = self.reduction * self.first_half
        return torch.cat([even, self.reduction - even], dim=-1)

    def _nothing(self, states: Sequence[Tensor], shares: Tensor) -> Tensor:
        """Return zeros with a gradient of 0: without one, optimizers would skip the alphas."""
        edge, stride = next(iter(self.strides.items()))
        return torch.zeros_like(states[edge.source][:, :, ::stride, ::stride]) * shares.sum()

    def tensors_of(self, term: Term) -> NamedTensors:
        """Yield an operation's tensors that are kept here, by their names in the plain layout."""
        name, _ = term
        if term in self.reductions:
            unit = self.reductions.index(term)
            weight = self.reduction.detach()[unit, :, :, None, None]
            half = len(weight) // 2
            yield "even.weight", weight[:half]
            yield "odd.weight", weight[half:]
            yield from self.reduction_norm.tensors_of(unit, "norm")
        elif name in SEPARABLE_CONVOLUTIONS:
            unit = self.normed.index(term)
            last = 4 * (SEPARABLE_CONVOLUTIONS[name].passes - 1)
            yield f"layers.{last + 2}.weight", self.pointwise.detach()[unit, :, :, None, None]
            yield from self.norm.tensors_of(unit, f"layers.{last + 3}")
        elif name in POOLINGS:
            yield from self.norm.tensors_of(self.normed.index(term), "1")


class SearchCell(nn.Module):
    """A cell of a given layout and with the operations kept on each of its 14 edges."""

    shares_order: Tensor

    def __init__(self, layout: CellLayout, kept: KeptOperations) -> None:
        super().__init__()
        self.preprocess0, self.preprocess1 = input_preprocessing(layout, affine=False)
        self.kept = dict(zip(EDGES, kept, strict=True))
        self.sources = nn.ModuleList()
        for source in range(CONCAT[-1]):
            leaving = {edge: names for edge, names in self.kept.items() if edge.source == source}
            stride = layout.stride_from(source)
            self.sources.append(SourceOperations(layout.channels, stride, leaving))
        self.nodes = nn.ModuleList()
        for node in CONCAT:
            ending = {edge: names for edge, names in self.kept.items() if edge.node == node}
            strides = {edge: layout.stride_from(edge.source) for edge in ending}
            self.nodes.append(NodeSum(layout.channels, strides, ending))
        nodes = [cast("NodeSum", node) for node in self.nodes]
        self.terms_of_nodes = [len(node.terms) for node in nodes]
        order = [
            EDGES.index(edge) * len(self.kept[edge]) + self.kept[edge].index(name)
            for name, edge in chain.from_iterable(node.terms for node in nodes)
        ]
        self.register_buffer("shares_order", torch.tensor(order).long(), persistent=False)

    def forward(
        self, before_last: Tensor, last: Tensor, shares: Tensor, dropout: SkipDropout
    ) -> Tensor:
        """Map the outputs of the two cells before to this cell's, [N, 4·channels, H, W].

        The inputs have already passed a ReLU. `shares` [14, operations alive] weigh the
        operations on each edge.
        """
        states = [self.preprocess0.after_relu(before_last), self.preprocess1.after_relu(last)]
        maps: Maps = {}
        sources, unread = iter(self.sources), states
        of_nodes = torch.split(shares.flatten()[self.shares_order], self.terms_of_nodes)
        for node, of_node in zip(self.nodes, of_nodes, strict=True):
            for state in unread:
                maps |= next(sources)(state)
            unread = [node(states, maps, of_node, dropout)]
            states = states + unread
        return torch.cat(states[CONCAT[0] :], dim=1)

    def per_edge_tensors(self) -> NamedTensors:
        """Yield weights and statistics by their names in PlainSearchCell."""
        yield from weights_and_statistics(self.preprocess0, "preprocess0.")
        yield from weights_and_statistics(self.preprocess1, "preprocess1.")
        for number, (edge, names) in enumerate(self.kept.items()):
            source = cast("SourceOperations", self.sources[edge.source])
            node = cast("NodeSum", self.nodes[edge.node - CONCAT[0]])
            for position, name in enumerate(names):
                prefix = f"edges.{number}.operations.{position}"
                term = (name, edge)
                for tensor_name, tensor in chain(source.tensors_of(term), node.tensors_of(term)):
                    yield f"{prefix}.{tensor_name}", tensor
