"""The decisions that a stage takes, and which of them the alphas were pushed to. No torch.

Pure functions on the alphas at a stage's end and on what was kept of their pushes.
"""

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pdarts_core.signal.evidence import PushRecord, Row
from pdarts_core.space.alphas import edge_shares
from pdarts_core.space.cells import CONCAT, EDGES, AlphaTable, CellKind, KeptOperations
from pdarts_core.space.operations import NONE

DRAW_DEVIATION = 1e-3
"""Of the alphas as they are drawn (arXiv 1904.12760, §4.2)."""
LEAST_GAP = 4 * math.sqrt(2) * DRAW_DEVIATION
"""Two alphas as drawn are less far apart than this in all but 1 of 16,000 cases."""
LEAST_AGREEMENT = 2.0
"""How many standard errors the mean push must be away from 0, over the blocks of a stage."""
LEAST_BLOCKS = 4
"""With fewer, their spread says next to nothing."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A choice between something that stayed and something that went."""

    gap: float
    """How far what stayed leads, in alphas; negative if it stayed in spite of its alpha."""
    agreement: float
    """The mean push towards what stayed over its standard error."""

    @property
    def is_decided(self) -> bool:
        """Tell whether the lead is more than the draw's, and the pushes to it agree."""
        return self.gap >= LEAST_GAP and self.agreement >= LEAST_AGREEMENT


def operation_decisions(
    kind: CellKind,
    before: KeptOperations,
    after: KeptOperations,
    alphas: AlphaTable,
    pushes: PushRecord,
) -> Iterator[Decision]:
    """Yield a decision for each operation that an edge lost: against the weakest that stayed."""
    for edge, (alive, stayed, row) in enumerate(zip(before, after, alphas, strict=True)):
        blocks = pushes.pushes(kind, edge)
        weakest = min((alive.index(name) for name in stayed), key=row.__getitem__)
        for place, name in enumerate(alive):
            # `none` has no say in the last stage, whatever its alpha.
            if name not in stayed and not (name == NONE and row[place] > row[weakest]):
                towards = [block[place] - block[weakest] for block in blocks]
                yield Decision(gap=row[weakest] - row[place], agreement=agreement(towards))


def input_decisions(
    kind: CellKind, kept: KeptOperations, alphas: AlphaTable, pushes: PushRecord
) -> Iterator[Decision]:
    """Yield a decision for each edge that a node lost at the end: against its weaker input.

    An edge is as strong as its strongest operation but `none` is probable.
    """
    shares = edge_shares(kept, alphas)
    tops = [_strongest(names, row) for names, row in zip(kept, shares, strict=True)]
    strengths = [row[top] for row, top in zip(shares, tops, strict=True)]
    pulls = [
        [_strength_push(row, block, top) for block in pushes.pushes(kind, edge)]
        for edge, (row, top) in enumerate(zip(shares, tops, strict=True))
    ]
    for node in CONCAT:
        inputs = sorted(
            (edge for edge, (_, end) in enumerate(EDGES) if end == node),
            key=lambda edge: (strengths[edge], edge),
        )
        weaker = inputs[-2]
        for lost in inputs[:-2]:
            towards = [stay - go for stay, go in zip(pulls[weaker], pulls[lost], strict=True)]
            share = strengths[weaker]
            # A small step of an alpha changes its share by share·(1 − share) as much.
            gap = (share - strengths[lost]) / max(share * (1 - share), 1e-12)
            yield Decision(gap=gap, agreement=agreement(towards))


def agreement(values: Sequence[float]) -> float:
    """Return the mean over its standard error; 0 where there are too few values to tell."""
    if len(values) < LEAST_BLOCKS:
        return 0.0
    error = statistics.stdev(values) / math.sqrt(len(values))
    mean = statistics.fmean(values)
    if error == 0:
        return math.copysign(math.inf, mean) if mean else 0.0
    return mean / error


def _strongest(names: Sequence[str], shares: Row) -> int:
    return max(
        (place for place, name in enumerate(names) if name != NONE),
        key=lambda place: (shares[place], place),
    )


def _strength_push(shares: Row, pushes: Row, top: int) -> float:
    """Return how a step against the gradient changes the share of an edge's top operation."""
    mean = math.fsum(share * push for share, push in zip(shares, pushes, strict=True))
    return -shares[top] * (pushes[top] - mean)
