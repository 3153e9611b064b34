"""The network being searched, as fast as its function allows."""

from collections.abc import Iterator, Sequence
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pdarts_core.mixed.cell import SearchCell
from pdarts_core.mixed.skeleton import SearchSkeleton, weights_and_statistics
from pdarts_core.space.cells import CellPair, KeptOperations
from pdarts_core.space.layout import CellLayout


class SearchNetwork(SearchSkeleton):
    """The search network; arguments as SearchSkeleton's.

    It is the same function as PlainSearchNetwork and begins with the same weights for the same
    generator, but computes only once what edges have in common. Parameters that a step does not
    train should have `requires_grad` off, so that their gradients are not computed.
    """

    def _make_cell(self, layout: CellLayout, kept: KeptOperations) -> nn.Module:
        return SearchCell(layout, kept)

    def per_edge_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """See SearchSkeleton."""
        yield from weights_and_statistics(self.stem, "stem.")
        for number, cell in enumerate(self.cells):
            for name, tensor in cast("SearchCell", cell).per_edge_tensors():
                yield f"cells.{number}.{name}", tensor
        yield from weights_and_statistics(self.classifier, "classifier.")

    def _run_cells(self, stem: Tensor, shares: CellPair[Tensor]) -> Tensor:
        before_last = last = F.relu(stem)
        cells = [cast("SearchCell", cell) for cell in self.cells]
        for cell, share in zip(cells, self._shares_of_cells(cells, shares), strict=True):
            is_last = cell is cells[-1]
            output = cell(before_last, last, share, self.dropout, rectify=not is_last)
            before_last, last = last, output
        return last

    def _shares_of_cells(
        self, cells: Sequence[SearchCell], shares: CellPair[Tensor]
    ) -> Iterator[Tensor]:
        """Yield each cell's shares in its order, which is that of all cells of its kind."""
        of_kinds: dict[bool, Iterator[Tensor]] = {}
        kinds = [layout.reduction for layout in self.layouts]
        for cell, is_reduction in zip(cells, kinds, strict=True):
            if is_reduction not in of_kinds:
                share = cell.in_order(shares.reduce if is_reduction else shares.normal)
                repeated = share.expand(kinds.count(is_reduction), -1)
                of_kinds[is_reduction] = iter(repeated.unbind())
            yield next(of_kinds[is_reduction])

    def forward(self, images: Tensor) -> Tensor:
        """Map images [N, 3, H, W] to logits [N, num_classes]."""
        return super().forward(images.contiguous(memory_format=torch.channels_last))
