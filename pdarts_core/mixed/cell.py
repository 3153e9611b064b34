"""A cell of the search network that computes each thing once.

It is the same function as PlainSearchCell. All edges that leave a state share its ReLU and its
poolings, and each node is one sum of matrix products over what its edges bring: 1×1 convolutions,
batch norms and shares are folded into the matrices. `none` adds nothing beyond its share.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pdarts_core.blocks.operation_modules import input_preprocessing
from pdarts_core.blocks.skip_dropout import SkipDropout
from pdarts_core.kernels.skip_sum import Dropout
from pdarts_core.mixed.by_kernels.cell import run_cell, run_cell_by_running
from pdarts_core.mixed.by_kernels.parts import CellParts, CellWeights, OperationShares
from pdarts_core.mixed.by_kernels.plan import plan_cell
from pdarts_core.mixed.node_sum import NodeShares, NodeSum
from pdarts_core.mixed.skeleton import weights_and_statistics
from pdarts_core.mixed.source_operations import SourceOperations
from pdarts_core.mixed.terms import Maps, NodeTerms
from pdarts_core.parallel.batch_share import WHOLE
from pdarts_core.space.cells import CONCAT, EDGES, NUM_INPUTS, KeptOperations
from pdarts_core.space.layout import CellLayout


class SearchCell(nn.Module):
    """A cell of a given layout and with the operations kept on each of its 14 edges.

    With kernels of our own (`uses_kernels`), it computes the same function in few launches.
    """

    shares_order: Tensor
    places: Tensor

    def __init__(self, layout: CellLayout, kept: KeptOperations) -> None:
        super().__init__()
        self.preprocess0, self.preprocess1 = input_preprocessing(layout, affine=False)
        self.kept = dict(zip(EDGES, kept, strict=True))
        self.channels, self.stride = layout.channels, layout.stride_from(0)
        self.batch_share = WHOLE
        self.uses_kernels = False
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
        self._lay_out()

    def _lay_out(self) -> None:
        """Decide where shares and maps lie: those of normed operations of all nodes, and so on."""
        of_nodes = [node.terms for node in self._nodes]
        each = [[*chain.from_iterable(terms)] for terms in zip(*of_nodes, strict=True)]
        order = [
            EDGES.index(edge) * len(self.kept[edge]) + self.kept[edge].index(name)
            for name, edge in chain.from_iterable(each)
        ]
        self.terms = NodeTerms(*each)
        self.register_buffer("shares_order", torch.tensor(order).long(), persistent=False)
        sources = self._sources
        strides = [source.stride for source in sources]
        self.plan = plan_cell([source.terms for source in sources], strides, of_nodes)
        places = torch.tensor(self.plan.places, dtype=torch.int32)
        self.register_buffer("places", places, persistent=False)

    @property
    def _sources(self) -> list[SourceOperations]:
        return [cast("SourceOperations", source) for source in self.sources]

    @property
    def _nodes(self) -> list[NodeSum]:
        return [cast("NodeSum", node) for node in self.nodes]

    def in_order(self, shares: Tensor) -> Tensor:
        """Return shares [14, operations alive] in the order of `terms`."""
        return shares.flatten()[self.shares_order]

    def forward(
        self,
        before_last: Tensor,
        last: Tensor,
        shares: Tensor,
        dropout: SkipDropout,
        *,
        rectify: bool,
    ) -> Tensor:
        """Map the outputs of the two cells before to this cell's, [N, 4·channels, H, W].

        Args:
            before_last: output of the cell before the last, after ReLU.
            last: output of the last cell, after ReLU.
            shares: the weights of the operations: see `in_order`.
            dropout: applied to skip-connects with stride 1.
            rectify: whether what is returned is after ReLU.
        """
        states = [self.preprocess0.after_relu(before_last), self.preprocess1.after_relu(last)]
        of_terms = NodeShares(*torch.split(shares, [len(terms) for terms in self.terms]))
        like, skips = states[0][:, :, :: self.stride, :: self.stride], len(self.terms.skips)
        bits = dropout.draw_bits(like, skips) if skips else None
        if self.uses_kernels and (self.training or not torch.is_grad_enabled()):
            drawn = Dropout(bits, dropout.threshold, dropout.scale)
            return self._by_kernels(states, of_terms, drawn, rectify=rectify)
        of_skips = iter([None] * skips if bits is None else bits)
        output = self._in_pytorch(states, of_terms, dropout, of_skips)
        return F.relu(output) if rectify else output

    def _in_pytorch(
        self,
        states: list[Tensor],
        shares: NodeShares,
        dropout: SkipDropout,
        bits: Iterator[Tensor | None],
    ) -> Tensor:
        """Return the nodes side by side; `bits` are those of each skip-connect in turn."""
        maps: Maps = {}
        sources, unread = iter(self._sources), states
        for node, of_node in zip(self._nodes, zip(*self._split(shares), strict=True), strict=True):
            for state in unread:
                maps |= next(sources)(state)
            skips = [
                dropout.apply_bits(states[edge.source], next(bits)) for _, edge in node.terms.skips
            ]
            unread = [node(states, maps, skips, NodeShares(*of_node))]
            states = states + unread
        return torch.cat(states[CONCAT[0] :], dim=1)

    def _split(self, shares: NodeShares) -> list[Sequence[Tensor]]:
        """Divide each of a cell's shares among its nodes."""
        of_nodes = zip(*(node.terms for node in self._nodes), strict=True)
        return [
            torch.split(share, [len(terms) for terms in of_node])
            for share, of_node in zip(shares, of_nodes, strict=True)
        ]

    def _by_kernels(
        self, states: Sequence[Tensor], shares: NodeShares, dropout: Dropout, *, rectify: bool
    ) -> Tensor:
        sources, nodes = self._sources, self._nodes
        maps: Maps = {}
        for source, state in zip(sources[:NUM_INPUTS], states, strict=True):
            maps |= source.reduced(state)
        summands = [
            node.reduced_by_kernels(maps, share)
            for node, share in zip(nodes, self._split(shares)[-1], strict=True)
        ]
        parts = CellParts(
            plan=self.plan,
            places=self.places,
            channels=self.channels,
            source_norms=[source.norm for source in sources],
            node_norms=[node.norm for node in nodes],
            share=self.batch_share,
        )
        like = cast("Tensor", self.preprocess1.layers[1].weight)
        weights = CellWeights(
            [source.weights(like) for source in sources], [node.pointwise for node in nodes]
        )
        of_terms = OperationShares(shares.normed, shares.skips)
        if self.training:
            return run_cell(parts, weights, states, of_terms, dropout, summands, rectify=rectify)
        return run_cell_by_running(parts, weights, states, of_terms, summands, rectify=rectify)

    def per_edge_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Yield weights and statistics by their names in PlainSearchCell."""
        yield from weights_and_statistics(self.preprocess0, "preprocess0.")
        yield from weights_and_statistics(self.preprocess1, "preprocess1.")
        sources, nodes = self._sources, self._nodes
        for number, (edge, names) in enumerate(self.kept.items()):
            source, node = sources[edge.source], nodes[edge.node - CONCAT[0]]
            for position, name in enumerate(names):
                prefix = f"edges.{number}.operations.{position}"
                term = (name, edge)
                for tensor_name, tensor in chain(source.tensors_of(term), node.tensors_of(term)):
                    yield f"{prefix}.{tensor_name}", tensor
