"""The network being searched, as fast as its function allows."""

from collections.abc import Iterator
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
        last = stem
        rectified_before = rectified = F.relu(stem)
        for layout, cell in zip(self.layouts, self.cells, strict=True):
            share = shares.reduce if layout.reduction else shares.normal
            last = cell(rectified_before, rectified, share, self.dropout)
            rectified_before, rectified = rectified, F.relu(last)
        return last

    def forward(self, images: Tensor) -> Tensor:
        """Map images [N, 3, H, W] to logits [N, num_classes]."""
        return super().forward(images.contiguous(memory_format=torch.channels_last))
