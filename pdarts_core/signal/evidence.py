"""What a stage kept of the pushes on its alphas, as plain numbers, and what follows. No torch.

A push is the gradient of the second half's loss by an alpha, at the weights of that step. The steps
of a stage are divided into blocks that follow each other. What the alphas did in a block is
judged by the pushes of *other* blocks: these come from other images, at other weights, so that a
move which only followed the noise of its own images is as often wrong as right.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from pdarts_core.space.cells import CELL_KINDS, CellKind

BLOCKS = 16
"""Parts that a stage's steps are divided into. Steps that follow each other are alike, since the
weights hardly change between them; the means of whole parts are much less so."""
LEAST_BLOCKS = 6
"""With fewer, their spread says next to nothing."""

Row = Sequence[float]
Table = Sequence[Row]
"""A number for each operation alive on each edge."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some steps that followed each other, both kinds of cell in the order of CELL_KINDS."""

    pushes: Sequence[Table]
    """Their mean gradients."""
    places: Sequence[Table]
    """The alphas before the last of them."""


@dataclass(frozen=True, kw_only=True)
class PushRecord:
    """The pushes of a stage. Tables are listed by block and kind of cell."""

    steps: Sequence[int]
    """How many each block has."""
    sums: Sequence[Sequence[Table]]
    """Gradients, added up."""
    places: Sequence[Sequence[Table]]
    """The alphas before the last step of each block."""
    drawn: Sequence[Table]
    """The alphas as they were drawn, by kind of cell."""

    @cached_property
    def blocks(self) -> list[Block]:
        """The blocks that have steps, in their order."""
        return [
            Block(
                pushes=[[[push / steps for push in row] for row in table] for table in sums],
                places=places,
            )
            for steps, sums, places in zip(self.steps, self.sums, self.places, strict=True)
            if steps
        ]

    def row(self, kind: CellKind, edge: int) -> list[tuple[Row, Row]]:
        """Return an edge's alphas at the end of each block but the last, and the next pushes."""
        cell = CELL_KINDS.index(kind)
        return [
            (block.places[cell][edge], after.pushes[cell][edge])
            for block, after in pairwise(self.blocks)
        ]

    @cached_property
    def moves(self) -> list[list[list[list[float]]]]:
        """How far the alphas went in each block."""
        places = [self.drawn, *(block.places for block in self.blocks)]
        return [_difference(after, before) for before, after in pairwise(places)]

    @property
    def fall(self) -> float:
        """What the moves of each block took off the loss as the next block saw it, in nats."""
        return -math.fsum(map(_product, self.moves, (block.pushes for block in self.blocks[1:])))

    @property
    def agreement(self) -> float:
        """How surely each block pushes to where the alphas went in the others.

        The mean over the blocks of (push down the loss)·(moves of the other blocks), in standard
        errors. A block's own move is left out, and the next one, which the optimizer's momentum
        takes over from it: so that, where pushes are noise, the terms are as often negative as
        positive.
        """
        if not self.blocks:
            return 0.0
        whole = _difference(self.blocks[-1].places, self.drawn)
        return in_errors(
            [
                math.fsum(_product(block.pushes, own) for own in self.moves[number : number + 2])
                - _product(block.pushes, whole)
                for number, block in enumerate(self.blocks)
            ]
        )


def in_errors(values: Sequence[float]) -> float:
    """Return the mean in standard errors; 0 where too few values, or no spread, tell nothing."""
    if len(values) < LEAST_BLOCKS:
        return 0.0
    error = statistics.stdev(values) / math.sqrt(len(values))
    return statistics.fmean(values) / error if error else 0.0


def _difference(left: Sequence[Table], right: Sequence[Table]) -> list[list[list[float]]]:
    return [
        [[a - b for a, b in zip(*rows, strict=True)] for rows in zip(*tables, strict=True)]
        for tables in zip(left, right, strict=True)
    ]


def _product(left: Sequence[Table], right: Sequence[Table]) -> float:
    return math.fsum(
        a * b
        for tables in zip(left, right, strict=True)
        for rows in zip(*tables, strict=True)
        for a, b in zip(*rows, strict=True)
    )
