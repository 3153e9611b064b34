"""The decisions that a stage takes, and which of them the alphas were pushed to. No torch.

Pure functions on the alphas at a stage's end and on what was kept of their pushes.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pdarts_core.signal.evidence import PushRecord, Row, in_errors
from pdarts_core.space.alphas import DRAW_DEVIATION, edge_shares, softmax
from pdarts_core.space.cells import CONCAT, EDGES, AlphaTable, CellKind, KeptOperations
from pdarts_core.space.operations import NONE

LEAST_GAP = 4 * math.sqrt(2) * DRAW_DEVIATION
"""Two alphas as drawn are less far apart than this in all but 1 of 16,000 cases."""
LEAST_AGREEMENT = 2.0
"""How many standard errors the pushes must be away from 0, over the blocks of a stage."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A choice between something that stayed and something that went."""

    edge: int
    """Where something went, in the order of EDGES."""
    operation: str | None
    """What went; None if the whole edge did."""
    gap: float
    """How far what stayed leads, in alphas; negative if it stayed in spite of its alpha."""
    agreement: float
    """How surely the pushes go on towards what led before them, in standard errors: the mean over
    the blocks of the lead at a block's end times the next block's push to widen it."""

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
    """Yield a decision for each operation that an edge lost: against the mean of those that stayed.

    (Against the weakest that stayed, a choice between two near the line would hide that both are
    far from the others.)
    """
    for edge, (alive, stayed, row) in enumerate(zip(before, after, alphas, strict=True)):
        course = pushes.row(kind, edge)
        kept = [alive.index(name) for name in stayed]
        for place, name in enumerate(alive):
            # `none` has no say in the last stage, whatever its alpha.
            if name not in stayed and not (name == NONE and row[place] > _mean(row, kept)):
                onward = [
                    (_mean(led, kept) - led[place]) * (push[place] - _mean(push, kept))
                    for led, push in course
                ]
                yield Decision(
                    edge=edge,
                    operation=name,
                    gap=_mean(row, kept) - row[place],
                    agreement=in_errors(onward),
                )


def input_decisions(
    kind: CellKind, kept: KeptOperations, alphas: AlphaTable, pushes: PushRecord
) -> Iterator[Decision]:
    """Yield a decision for each edge that a node lost at the end: against its weaker input.

    An edge is as strong as its strongest operation but `none` is probable.
    """
    shares = edge_shares(kept, alphas)
    tops = [_strongest(names, row) for names, row in zip(kept, shares, strict=True)]
    strengths = [row[top] for row, top in zip(shares, tops, strict=True)]
    courses = [_course(pushes.row(kind, edge), top) for edge, top in enumerate(tops)]
    for node in CONCAT:
        inputs = sorted(
            (edge for edge, (_, end) in enumerate(EDGES) if end == node),
            key=lambda edge: (strengths[edge], edge),
        )
        weaker = inputs[-2]
        share = strengths[weaker]
        for lost in inputs[:-2]:
            onward = [
                (stayed.strength - went.strength) * (stayed.push - went.push)
                for stayed, went in zip(courses[weaker], courses[lost], strict=True)
            ]
            # A small step of an alpha changes its share by share·(1 − share) as much.
            gap = (share - strengths[lost]) / max(share * (1 - share), 1e-12)
            yield Decision(edge=lost, operation=None, gap=gap, agreement=in_errors(onward))


class _Point(NamedTuple):
    strength: float
    """The share of an edge's top operation at the end of a block."""
    push: float
    """How a step down the loss changes it in the next block."""


def _course(rows: Sequence[tuple[Row, Row]], top: int) -> list[_Point]:
    course = []
    for alphas, push in rows:
        shares = softmax(alphas)
        mean = math.fsum(share * value for share, value in zip(shares, push, strict=True))
        course.append(_Point(strength=shares[top], push=-shares[top] * (push[top] - mean)))
    return course


def _mean(row: Row, places: Sequence[int]) -> float:
    return math.fsum(row[place] for place in places) / len(places)


def _strongest(names: Sequence[str], shares: Row) -> int:
    return max(
        (place for place, name in enumerate(names) if name != NONE),
        key=lambda place: (shares[place], place),
    )
