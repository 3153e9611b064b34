"""The search network as the paper describes it: every edge computes every operation by itself.

It is the reference for testing and measuring the faster form.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from pdarts_core.blocks.operation_modules import input_preprocessing, make_operation
from pdarts_core.blocks.skip_dropout import SkipDropout
from pdarts_core.mixed.skeleton import SearchSkeleton, weights_and_statistics
from pdarts_core.space.cells import CONCAT, EDGES, CellPair, KeptOperations
from pdarts_core.space.layout import CellLayout
from pdarts_core.space.operations import SKIP_CONNECT


class MixedOperation(nn.Module):
    """An edge: the operations alive on it, weighted."""

    def __init__(self, names: list[str], channels: int, stride: int) -> None:
        super().__init__()
        self.names = names
        self.stride = stride
        self.operations = nn.ModuleList(
            make_operation(name, channels, stride, affine=False) for name in names
        )

    def forward(self, x: Tensor, shares: Tensor, dropout: SkipDropout) -> Tensor:
        """Map x [N, C, H, W] to the sum of its operations, weighted by shares [operations]."""
        outputs = []
        for name, operation, share in zip(self.names, self.operations, shares, strict=True):
            output = operation(x)
            if name == SKIP_CONNECT and self.stride == 1:
                output = dropout(output)
            outputs.append(share * output)
        return torch.stack(outputs).sum(0)


class PlainSearchCell(nn.Module):
    """Four nodes, each the sum of its edges; returns them concatenated."""

    def __init__(self, layout: CellLayout, kept: KeptOperations) -> None:
        super().__init__()
        self.preprocess0, self.preprocess1 = input_preprocessing(layout, affine=False)
        self.edges = nn.ModuleList(
            MixedOperation(list(names), layout.channels, layout.stride_from(edge.source))
            for edge, names in zip(EDGES, kept, strict=True)
        )

    def forward(
        self, before_last: Tensor, last: Tensor, shares: Tensor, dropout: SkipDropout
    ) -> Tensor:
        """Map the outputs of the two cells before to this cell's, [N, 4·channels, H, W].

        `shares` [14, operations alive] weigh the operations on each edge.
        """
        states = [self.preprocess0(before_last), self.preprocess1(last)]
        for node in CONCAT:
            inputs = [
                mixed(states[edge.source], share, dropout)
                for edge, mixed, share in zip(EDGES, self.edges, shares, strict=True)
                if edge.node == node
            ]
            states.append(torch.stack(inputs).sum(0))
        return torch.cat([states[node] for node in CONCAT], dim=1)


class PlainSearchNetwork(SearchSkeleton):
    """The straightforward search network; arguments as SearchSkeleton's."""

    def _make_cell(self, layout: CellLayout, kept: KeptOperations) -> nn.Module:
        return PlainSearchCell(layout, kept)

    def per_edge_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """See SearchSkeleton."""
        yield from weights_and_statistics(self)

    def _run_cells(self, stem: Tensor, shares: CellPair[Tensor]) -> Tensor:
        before_last = last = stem
        for layout, cell in zip(self.layouts, self.cells, strict=True):
            share = shares.reduce if layout.reduction else shares.normal
            before_last, last = last, cell(before_last, last, share, self.dropout)
        return last
