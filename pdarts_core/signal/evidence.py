"""What a stage kept of the pushes on its alphas, as plain numbers. No torch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pdarts_core.space.cells import CELL_KINDS, CellKind

BLOCKS = 16
"""Parts that a stage's steps are divided into. Steps that follow each other are alike, since the
weights hardly change between them; means of whole parts are alike much less."""

Row = Sequence[float]


@dataclass(frozen=True, kw_only=True)
class PushRecord:
    """The pushes of a stage. A push is the gradient of the second half's loss by an alpha."""

    steps: int
    planned: int
    """The steps that the blocks were laid out for."""
    sums: Sequence[Sequence[Sequence[Row]]]
    """Gradients, added up by block, kind of cell, edge and operation alive."""
    drawn: Sequence[Sequence[Row]]
    """The alphas as they were drawn, by kind of cell, edge and operation alive."""
    fall: float
    """What the moves of the alphas took off the second half's loss, each measured on images that
    came after it, in nats."""
    fall_squares: float

    @property
    def fall_error(self) -> float:
        """The standard error of `fall`."""
        if self.steps < 2:
            return math.inf
        # The sum of the squared deviations, times n/(n − 1).
        spread = self.fall_squares - self.fall**2 / self.steps
        return math.sqrt(max(spread, 0.0) * self.steps / (self.steps - 1))

    def pushes(self, kind: CellKind, edge: int) -> list[list[float]]:
        """Return the mean pushes on an edge's operations, block by block; empty blocks left out."""
        cell = CELL_KINDS.index(kind)
        sizes = self._block_sizes()
        return [
            [total / size for total in block[cell][edge]]
            for block, size in zip(self.sums, sizes, strict=True)
            if size
        ]

    def _block_sizes(self) -> list[int]:
        sizes = [0] * BLOCKS
        for step in range(self.steps):
            sizes[min(step * BLOCKS // self.planned, BLOCKS - 1)] += 1
        return sizes
