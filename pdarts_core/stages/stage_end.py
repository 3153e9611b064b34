"""What the end of a stage decides, and whether by more than chance.

Pure functions on the alphas, on what was kept of their pushes, and on how the network did.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pdarts_core.pruning import dropped_operations, prune, prune_last
from pdarts_core.signal.class_counts import ClassCounts
from pdarts_core.signal.decisions import Decision, input_decisions, operation_decisions
from pdarts_core.signal.evidence import PushRecord
from pdarts_core.signal.verdict import Signal, StageEvidence, judge
from pdarts_core.space.cells import (
    EDGES,
    AlphaTable,
    CellKind,
    CellPair,
    KeptOperations,
)
from pdarts_core.stages.events import PrunedCell


@dataclass(frozen=True, kw_only=True)
class StageEnd:
    """What the end of a stage comes to."""

    cells: CellPair[PrunedCell]
    evidence: StageEvidence
    signal: Signal
    """What the evidence of this stage amounts to."""


def end_stage(
    kept: CellPair[KeptOperations],
    alphas: CellPair[AlphaTable],
    pushes: PushRecord,
    counts: ClassCounts | None,
    *,
    num_to_keep: int | None,
) -> StageEnd:
    """Prune both cells, and tell which of the choices stand out from chance.

    Args:
        kept: the operations alive during the stage.
        alphas: at its end.
        pushes: on the alphas, step by step.
        counts: how the network did on the second half; None if it was not measured.
        num_to_keep: operations that stay on each edge; None for the last stage, which keeps the
            strongest but `none`, and of each node's inputs the strongest two.
    """
    pruned = [
        _prune(before, table, num_to_keep)
        for (_, before), (_, table) in zip(kept.items(), alphas.items(), strict=True)
    ]
    cells = CellPair(normal=pruned[0], reduce=pruned[1])
    choices = CellPair(
        normal=_decisions("normal", cells.normal, pushes, is_last=num_to_keep is None),
        reduce=_decisions("reduce", cells.reduce, pushes, is_last=num_to_keep is None),
    )
    taken = [*choices.normal, *choices.reduce]
    decided = sum(decision.is_decided for decision in taken)
    evidence = StageEvidence(
        decided=decided,
        undecided=len(taken) - decided,
        fall=pushes.fall,
        agreement=pushes.agreement,
        steps=sum(pushes.steps),
        counts=counts,
        free_alphas=sum(len(alive) - 1 for _, cell in kept.items() for alive in cell),
    )
    signal = judge([evidence])
    if signal.verdict != "none":
        cells = CellPair(
            normal=_marked(cells.normal, choices.normal),
            reduce=_marked(cells.reduce, choices.reduce),
        )
    return StageEnd(cells=cells, evidence=evidence, signal=signal)


def _prune(before: KeptOperations, table: AlphaTable, num_to_keep: int | None) -> PrunedCell:
    if num_to_keep is None:
        after = prune_last(before, table)
    else:
        after = prune(before, table, len(before[0]) - num_to_keep)
    return PrunedCell(
        alphas=table,
        kept_before=before,
        kept_after=after,
        dropped=dropped_operations(before, after, table),
        decided=frozenset(),
    )


def _decisions(
    kind: CellKind, cell: PrunedCell, pushes: PushRecord, *, is_last: bool
) -> list[Decision]:
    before = cell.kept_before
    taken = [*operation_decisions(kind, before, cell.kept_after, cell.alphas, pushes)]
    if is_last:
        taken += input_decisions(kind, before, cell.alphas, pushes)
    return taken


def _marked(cell: PrunedCell, taken: Sequence[Decision]) -> PrunedCell:
    decided = frozenset(
        (EDGES[decision.edge], decision.operation)
        for decision in taken
        if decision.operation is not None and decision.is_decided
    )
    return replace(cell, decided=decided)
