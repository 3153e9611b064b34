"""A stage as clients see it: alphas, switches, what pruning dropped."""

from datetime import datetime
from typing import Any

from api.http.bodies import Body, described
from api.schemas.signals import SignalBody, signal_body
from store.tables import Epoch, Stage
from store.types import FloatTable

Switches = list[list[str]]


class DroppedOperation(Body):
    """An operation that pruning removed from an edge."""

    edge: int = described("Counted from 0, in the order of the cell's nodes", ge=0, le=13)
    source: int = described("The state where the edge starts", ge=0, le=4)
    node: int = described("The state where the edge ends", ge=2, le=5)
    operation: str = described("Its name")
    probability: float = described("Its share in the softmax over the operations of the edge")
    margin: float = described("How much more probable the weakest operation kept was; 0 is a tie")
    decided: bool | None = described(
        "Whether its dropping stands out from chance: later steps pushed its alpha further behind; "
        "null for stages from before this was measured"
    )


class StageCell(Body):
    """What a stage found for one kind of cell."""

    alphas: list[list[float]] | None = described(
        "14 edges × the operations alive on each, before the softmax; the latest"
    )
    kept_before: Switches = described("The operations alive on each edge during the stage")
    kept_after: Switches | None = described(
        "The operations alive after its pruning; null until then"
    )
    dropped: list[DroppedOperation] = described("What the pruning removed, edge by edge")


class StageBody(Body):
    """One search phase."""

    stage: int = described("Counted from 1")
    layers: int = described("Cells of the network")
    epochs: int = described("Number of epochs")
    init_channels: int = described("Channels of the first cell")
    parameters: int = described("Weights of the network, without the alphas")
    accumulation: int = described(
        "Parts that each batch is computed in; more than 1 if memory ran out (`halve_batches`)"
    )
    collapsed_epoch: int | None = described(
        "The first epoch that left more than half of the normal cell as skip-connects;"
        " null if none did"
    )
    started_at: datetime = described("When it started")
    finished_at: datetime | None = described("When its pruning finished it; null until then")
    signal: SignalBody | None = described(
        "Whether its decisions stand out from chance; null until its pruning, and for stages from "
        "before this was measured"
    )
    normal: StageCell = described("The normal cell")
    reduce: StageCell = described("The reduction cell")


def stage_body(stage: Stage, last_epoch: Epoch | None) -> StageBody:
    """Return what clients are shown of a stage, with the alphas of the last epoch so far."""
    normal = None if last_epoch is None else last_epoch.alphas_normal
    reduce = None if last_epoch is None else last_epoch.alphas_reduce
    return StageBody(
        stage=stage.stage,
        layers=stage.layers,
        epochs=stage.epochs,
        init_channels=stage.init_channels,
        parameters=stage.parameters,
        accumulation=stage.accumulation,
        collapsed_epoch=stage.collapsed_epoch,
        started_at=stage.started_at,
        finished_at=stage.finished_at,
        signal=signal_body(stage.signal),
        normal=_cell(stage.normal, stage.kept_normal, normal),
        reduce=_cell(stage.reduce, stage.kept_reduce, reduce),
    )


def _cell(pruned: dict[str, Any] | None, kept: Switches, alphas: FloatTable | None) -> StageCell:
    if pruned is not None:
        dropped = [{"decided": None, **drop} for drop in pruned["dropped"]]
        return StageCell(**pruned | {"dropped": dropped})
    newest = None if alphas is None else [list(row) for row in alphas]
    return StageCell(alphas=newest, kept_before=kept, kept_after=None, dropped=[])
