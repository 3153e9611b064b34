"""What a search reports, as rows and lines of its job's history. Pure functions."""

import math
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from pdarts_core.genotype import DerivedGenotype, to_dict
from pdarts_core.signal.verdict import Signal
from pdarts_core.signal.words import FINDINGS
from pdarts_core.space.cells import EDGES, NUM_ENTRIES
from pdarts_core.stages.events import (
    BatchHalved,
    Collapse,
    EpochFinished,
    EpochMetrics,
    GenotypesDerived,
    KernelsFailed,
    NotRecorded,
    OperationsPruned,
    ProcessesChanged,
    PrunedCell,
    StageStarted,
)
from store.history import NewEvent
from store.ids import IdKind, new_id
from store.states import EventLevel, GenotypeOrigin
from store.tables import Epoch, GenotypeRow, Job, Stage
from store.wording import number_of
from worker.identity import VERSION
from worker.kinds.shared_events import devices_changed


def stage_row(search_id: str, event: StageStarted) -> Stage:
    """Return the row of a new stage."""
    return Stage(
        search_id=search_id,
        stage=event.stage,
        layers=event.layers,
        epochs=event.epochs,
        init_channels=event.init_channels,
        parameters=event.parameters,
        accumulation=event.accumulation,
        kept_normal=event.kept.normal,
        kept_reduce=event.kept.reduce,
    )


def stage_started(event: StageStarted) -> NewEvent:
    """Return the line for a new stage."""
    data = {
        "stage": event.stage,
        "stages": event.stages,
        "layers": event.layers,
        "epochs": event.epochs,
        "init_channels": event.init_channels,
        "steps_per_epoch": event.steps_per_epoch,
        "parameters": event.parameters,
        "accumulation": event.accumulation,
    }
    message = (
        f"stage {event.stage} of {event.stages}: {number_of(event.layers, 'cell')},"
        f" {event.parameters:,} parameters, {number_of(event.epochs, 'epoch')}"
    )
    return NewEvent(type="stage_started", message=message, data=data)


def not_recorded(event: NotRecorded) -> NewEvent:
    """Return the line for a stage whose steps are launched kernel by kernel."""
    message = (
        f"stage {event.stage} takes longer than it should: its steps could not be recorded as CUDA"
        f" graphs ({event.reason})"
    )
    data = {"stage": event.stage, "reason": event.reason}
    return NewEvent(type="not_recorded", message=message, level=EventLevel.WARNING, data=data)


def kernels_failed(event: KernelsFailed) -> NewEvent:
    """Return the line for a stage that is computed in PyTorch alone."""
    message = (
        f"stage {event.stage} may take longer: this service's own kernels do not work"
        f" here, so PyTorch's are used instead ({event.reason})"
    )
    data = {"stage": event.stage, "reason": event.reason}
    return NewEvent(type="kernels_failed", message=message, level=EventLevel.WARNING, data=data)


def processes_changed(event: ProcessesChanged) -> NewEvent:
    """Return the line for another number of processes than before."""
    return devices_changed(before=event.before, now=event.now, stage=event.stage)


def batch_halved(event: BatchHalved) -> NewEvent:
    """Return the line for a stage that starts again with less in memory."""
    message = (
        f"ran out of memory in stage {event.stage}: restarting it with"
        f" {number_of(event.images_at_once, 'image')} of each batch at a time"
    )
    data = {
        "stage": event.stage,
        "images_at_once": event.images_at_once,
        "accumulation": event.accumulation,
    }
    return NewEvent(type="batch_halved", message=message, level=EventLevel.WARNING, data=data)


def epoch_row(search_id: str, event: EpochFinished) -> Epoch:
    """Return the row of a finished epoch."""
    classes = event.metrics.valid_classes
    return Epoch(
        search_id=search_id,
        stage=event.stage,
        epoch=event.epoch,
        phase=event.phase,
        alphas_normal=event.alphas.normal,
        alphas_reduce=event.alphas.reduce,
        **_figures(event.metrics),
        valid_classes=classes and asdict(classes),
    )


def epoch_finished(event: EpochFinished, *, epochs: int) -> NewEvent:
    """Return the line for a finished epoch, one of `epochs` in its stage."""
    metrics = event.metrics
    message = (
        f"stage {event.stage}, epoch {event.epoch} of {epochs}:"
        f" loss {metrics.train_loss:.4f}, training accuracy {metrics.train_accuracy:.1%}"
    )
    if metrics.valid_accuracy is not None:
        message += f", {metrics.valid_accuracy:.1%} on the second half"
    place = {"stage": event.stage, "epoch": event.epoch, "epochs": epochs, "phase": event.phase}
    return NewEvent(type="epoch_finished", message=message, data=place | _figures(metrics))


def collapsed(event: EpochFinished, collapse: Collapse) -> NewEvent:
    """Return the line for a normal cell that has collapsed into skip-connects."""
    message = (
        f"stage {event.stage}, epoch {event.epoch}: the normal cell is collapsing,"
        f" {collapse.skip_connects} of its {NUM_ENTRIES} entries would be skip-connects"
    )
    if collapse.ends_stage:
        message += "; the stage ends here"
    data = {
        "stage": event.stage,
        "epoch": event.epoch,
        "skip_connects": collapse.skip_connects,
        "ends_stage": collapse.ends_stage,
    }
    return NewEvent(type="collapsed", message=message, level=EventLevel.WARNING, data=data)


def _figures(metrics: EpochMetrics) -> dict[str, Any]:
    """Return what an epoch measured as a whole, without the counts of its classes."""
    figures = asdict(metrics)
    del figures["valid_classes"]
    return figures


def pruned_cell(cell: PrunedCell) -> dict[str, Any]:
    """Return what a pruning did to one kind of cell, as stored in a stage's row."""
    return {
        "alphas": cell.alphas,
        "kept_before": cell.kept_before,
        "kept_after": cell.kept_after,
        "dropped": [
            {
                "edge": EDGES.index(drop.edge),
                "source": drop.edge.source,
                "node": drop.edge.node,
                "operation": drop.operation,
                "probability": drop.probability,
                "margin": drop.margin,
                "decided": (drop.edge, drop.operation) in cell.decided,
            }
            for drop in cell.dropped
        ],
    }


def operations_pruned(event: OperationsPruned) -> NewEvent:
    """Return the line for a pruning."""
    dropped = {kind: len(cell.dropped) for kind, cell in event.cells.items()}
    kept = len(event.cells.normal.kept_after[0])
    least = min(abs(drop.margin) for _, cell in event.cells.items() for drop in cell.dropped)
    message = (
        f"stage {event.stage}: {number_of(sum(dropped.values()), 'operation')} dropped,"
        f" {kept} left on each edge; the closest decision was by {least:.2g}."
        f" {describe_signal(event.signal)}"
    )
    data = {
        "stage": event.stage,
        "dropped": dropped,
        "kept": kept,
        "least_margin": least,
        "signal": signal_document(event.signal),
    }
    return NewEvent(type="operations_pruned", message=message, data=data)


def genotype_rows(search_id: str, event: GenotypesDerived) -> list[GenotypeRow]:
    """Return the rows of all genotypes of a search."""
    return [
        GenotypeRow(
            id=new_id(IdKind.GENOTYPE),
            owner=select(Job.owner).where(Job.id == search_id).scalar_subquery(),
            origin=GenotypeOrigin.SEARCH,
            search_id=search_id,
            position=position,
            skip_limit=derived.skip_limit,
            skip_limit_reduce=None,
            skip_connects=derived.skip_connects,
            recommended=derived is event.recommended,
            genotype=to_dict(derived.genotype),
            edge_weights=dict(derived.edge_weights.items()),
            version=VERSION,
        )
        for position, derived in enumerate(event.genotypes)
    ]


def genotypes_derived(event: GenotypesDerived) -> NewEvent:
    """Return the line for the result."""
    data = {
        "genotypes": [_summary(derived) for derived in event.genotypes],
        "recommended": _summary(event.recommended),
        "signal": event.signal and signal_document(event.signal),
    }
    found_nothing = event.signal is not None and event.signal.verdict == "none"
    choice = "one for the skip limit" if found_nothing else "recommended one"
    message = (
        f"{number_of(len(event.genotypes), 'genotype')} derived; the {choice} has"
        f" {number_of(event.recommended.skip_connects, 'skip-connect')} in its normal cell"
    )
    if event.signal is not None:
        message += f". {describe_signal(event.signal)}"
    return NewEvent(type="genotypes_derived", message=message, data=data)


def succeeded(signal: Signal | None) -> NewEvent:
    """Return the line for a search that has come to its end."""
    message = "the search is done"
    if signal is not None:
        message += f". {describe_signal(signal)}"
    told = {"signal": signal and signal_document(signal)}
    return NewEvent(type="succeeded", message=message, data=told)


def signal_document(signal: Signal) -> dict[str, Any]:
    """Return a signal as stored and sent; JSON knows no figures without end."""
    document = asdict(signal)
    for name in ("gain", "agreement"):
        figure = document[name]
        document[name] = figure if figure is not None and math.isfinite(figure) else None
    return document


def describe_signal(signal: Signal) -> str:
    """Return a verdict in words, with its reason."""
    return f"{FINDINGS[signal.verdict]}. {signal.reason}"


def _summary(derived: DerivedGenotype) -> dict[str, Any]:
    return {"skip_limit": derived.skip_limit, "skip_connects": derived.skip_connects}
