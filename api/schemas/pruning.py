"""What the prunings of a search dropped, and how close each decision was."""

from typing import Any

from api.http.bodies import Body, described
from api.schemas.signals import SignalBody, signal_body
from pdarts_core.space.alphas import probabilities
from pdarts_core.space.cells import EDGES
from pdarts_core.space.operations import NONE
from store.tables import Stage


class KeptOperation(Body):
    """An operation that was kept on an edge."""

    operation: str = described("Its name")
    probability: float = described("Its share in the softmax over the operations of the edge")


class PrunedOperation(KeptOperation):
    """An operation that was dropped from an edge."""

    margin: float = described(
        "How much more probable the weakest operation kept was; 0 is a tie. Negative only for "
        "`none`, which the last stage always drops"
    )
    close: bool = described("Whether it was a close call: the margin is at most the threshold")
    decided: bool | None = described(
        "Whether its dropping stands out from chance: later steps pushed its alpha further behind; "
        "null for stages from before this was measured"
    )


class PrunedEdge(Body):
    """One edge of a cell."""

    edge: int = described("Counted from 0, in the order of the cell's nodes", ge=0, le=13)
    source: int = described("The state where the edge starts", ge=0, le=4)
    node: int = described("The state where the edge ends", ge=2, le=5)
    kept: list[KeptOperation] = described("What was kept, the most probable first")
    dropped: list[PrunedOperation] = described("What was dropped, the closest call first")


class StagePruning(Body):
    """What the pruning at the end of a stage removed."""

    stage: int = described("Counted from 1")
    close_calls: int = described("Dropped operations that were close, in both cells")
    signal: SignalBody | None = described(
        "Whether its decisions stand out from chance; null for stages from before this was measured"
    )
    normal: list[PrunedEdge] = described("The edges of the normal cell")
    reduce: list[PrunedEdge] = described("The edges of the reduction cell")


class PruningBody(Body):
    """What the prunings of a search removed."""

    threshold: float = described("The largest margin of a close call")
    stages: list[StagePruning] = described("The stages that have finished")


def stage_pruning(stage: Stage, threshold: float, *, is_last: bool) -> StagePruning | None:
    """Return what clients are shown of a stage's pruning; None before it."""
    if stage.normal is None or stage.reduce is None:
        return None
    cells = {
        "normal": _edges(stage.normal, threshold, is_last=is_last),
        "reduce": _edges(stage.reduce, threshold, is_last=is_last),
    }
    close = sum(drop.close for edges in cells.values() for edge in edges for drop in edge.dropped)
    signal = signal_body(stage.signal)
    return StagePruning(stage=stage.stage, close_calls=close, signal=signal, **cells)


def _edges(cell: dict[str, Any], threshold: float, *, is_last: bool) -> list[PrunedEdge]:
    shares = probabilities(cell["kept_before"], cell["alphas"])
    edges = []
    for number, edge in enumerate(EDGES):
        kept = sorted(cell["kept_after"][number], key=shares[number].__getitem__, reverse=True)
        drops = [drop for drop in cell["dropped"] if drop["edge"] == number]
        edges.append(
            PrunedEdge(
                edge=number,
                source=edge.source,
                node=edge.node,
                kept=[
                    KeptOperation(operation=name, probability=shares[number][name]) for name in kept
                ],
                dropped=[
                    _dropped(drop, threshold, is_last=is_last)
                    for drop in sorted(drops, key=lambda drop: abs(drop["margin"]))
                ],
            )
        )
    return edges


def _dropped(drop: dict[str, Any], threshold: float, *, is_last: bool) -> PrunedOperation:
    # The last stage drops `none` by rule: nothing was decided.
    was_decided = not (is_last and drop["operation"] == NONE)
    return PrunedOperation(
        operation=drop["operation"],
        probability=drop["probability"],
        margin=drop["margin"],
        close=was_decided and drop["margin"] <= threshold,
        decided=drop.get("decided"),
    )
