"""What is written besides what a search that goes well tells."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pdarts_core.config import SearchConfig
from pdarts_core.pruning import dropped_operations, prune_last
from pdarts_core.signal.verdict import Signal
from pdarts_core.space.cells import EDGES, CellPair, all_operations
from pdarts_core.stages.checkpoint import Checkpoint
from pdarts_core.stages.events import (
    BatchHalved,
    Collapse,
    EpochFinished,
    EpochMetrics,
    KernelsFailed,
    OperationsPruned,
    PrunedCell,
    StageStarted,
)
from store.artifact_folder import FolderStore
from store.database import Database
from store.history import NewEvent
from store.job_spec import JobSpec
from store.kinds import SEARCH
from store.lease import record
from store.states import EventLevel
from store.tables import Epoch, Stage
from tests.support.attempts import claim_search
from tests.support.jobs import (
    THREE_STAGES,
    event_types,
    events_of,
    job_of,
    make_spec,
    queue_search,
    record_of,
)
from worker.checkpoints import CheckpointKeeper, RejectedCheckpoint
from worker.journal import Journal
from worker.kinds.search.checkpoints import pack
from worker.kinds.search.progress import ProgressTracker
from worker.kinds.search.recorder import SearchRecorder
from worker.kinds.search.rows import signal_document, stage_started
from worker.writing import AttemptWriter

KEPT = CellPair(normal=all_operations(), reduce=all_operations())
SIGNAL = Signal(verdict="weak", decided=2, undecided=5, reason="Little.", gain=0.1, agreement=2.0)
ALPHAS = [[0.0] * 8 for _ in EDGES]


@pytest.fixture
def recorder(database: Database, tmp_path: Path) -> SearchRecorder:
    stages = SearchConfig(stages=THREE_STAGES).to_dict()["stages"]
    queue_search(database, stages=stages)
    lease = claim_search(database).lease
    config = JobSpec.from_row(SearchConfig, make_spec(stages=stages)).config
    artifacts = FolderStore(tmp_path / "artifacts")
    journal = Journal(
        kind=SEARCH,
        lease=lease,
        writer=AttemptWriter(database, lease, lambda: True),
        keeper=CheckpointKeeper(artifacts, lease),
        artifacts=artifacts,
    )
    return SearchRecorder(journal=journal, config=config, tracker=ProgressTracker(config))


def began(stage: int, *, epochs: int = 2) -> StageStarted:
    return StageStarted(
        stage=stage,
        stages=3,
        layers=3,
        epochs=epochs,
        init_channels=1,
        steps_per_epoch=2,
        parameters=10,
        accumulation=1,
        kept=KEPT,
    )


def halved(stage: int) -> BatchHalved:
    begin = Checkpoint(fingerprint="f", stage=stage - 1, kept=KEPT, results=(), state=None)
    return BatchHalved(stage=stage, images_at_once=8, accumulation=2, snapshot=lambda: begin)


def pruned(stage: int, signal: Signal) -> OperationsPruned:
    alphas = tuple(tuple(row) for row in ALPHAS)
    after = prune_last(KEPT.normal, alphas)
    drops = dropped_operations(KEPT.normal, after, alphas)
    cell = PrunedCell(
        alphas=alphas, kept_before=KEPT.normal, kept_after=after, dropped=drops, decided=frozenset()
    )
    begin = Checkpoint(fingerprint="f", stage=stage, kept=KEPT, results=(), state=None)
    return OperationsPruned(
        stage=stage,
        cells=CellPair(normal=cell, reduce=cell),
        signal=signal,
        snapshot=lambda: begin,
    )


def signals_of(database: Database, recorder: SearchRecorder) -> list[dict[str, Any] | None]:
    rows = record_of(database, recorder.journal.lease.job_id).stages
    return [row["signal"] for row in rows]


def write_epochs(database: Database, recorder: SearchRecorder, *places: tuple[int, int]) -> None:
    """Write stages and epochs as an earlier attempt has."""
    for stage in sorted({stage for stage, _ in places}):
        recorder.report(began(stage))
    measured = {"learning_rate": 0.1, "dropout_rate": 0.0, "train_loss": 1.0, "seconds": 1.0}
    measured |= {"train_accuracy": 0.1, "train_top5": 0.5, "images_per_second": 1.0}
    with database.write() as session:
        for stage, epoch in places:
            row = Epoch(
                search_id=recorder.journal.lease.job_id, stage=stage, epoch=epoch, **measured
            )
            row.phase, row.alphas_normal, row.alphas_reduce = "weights", ALPHAS, ALPHAS
            session.add(row)


def epochs_of(database: Database, recorder: SearchRecorder) -> list[tuple[int, int]]:
    rows = record_of(database, recorder.journal.lease.job_id).epochs
    return [(row["stage"], row["epoch"]) for row in rows]


def test_a_stage_that_begins_again_takes_its_epochs_back(
    database: Database, recorder: SearchRecorder
) -> None:
    write_epochs(database, recorder, (1, 1), (1, 2), (2, 1))
    recorder.report(halved(stage=2))
    assert epochs_of(database, recorder) == [(1, 1), (1, 2)]
    assert event_types(database, recorder.journal.lease.job_id)[-1] == "batch_halved"


def test_kernels_that_fail_are_told_with_the_reason(
    database: Database, recorder: SearchRecorder
) -> None:
    recorder.report(KernelsFailed(stage=2, reason="no compiler"))
    event = events_of(database, recorder.journal.lease.job_id)[-1]
    assert (event.type, event.level) == ("kernels_failed", EventLevel.WARNING)
    assert event.data == {"stage": 2, "reason": "no compiler"}
    assert "so PyTorch's are used instead (no compiler)" in event.message


def test_a_stage_that_begins_again_is_no_progress(
    database: Database, recorder: SearchRecorder
) -> None:
    recorder.report(halved(stage=2))
    job = job_of(database, recorder.journal.lease.job_id)
    assert job.checkpoint_key is not None
    assert job.attempts_without_progress == 1


def test_a_search_that_goes_back_takes_back_what_came_after(
    database: Database, recorder: SearchRecorder
) -> None:
    write_epochs(database, recorder, (1, 1), (1, 2), (2, 1), (2, 2), (3, 1))
    rejected = RejectedCheckpoint(key="of/the/third", reason="it is damaged")
    recorder.reject_checkpoints([rejected], stage=2, epochs=1)
    assert epochs_of(database, recorder) == [(1, 1), (1, 2), (2, 1)]
    assert [row["stage"] for row in record_of(database, recorder.journal.lease.job_id).stages] == [
        1,
        2,
    ]
    last = events_of(database, recorder.journal.lease.job_id)[-1]
    assert (last.type, last.data) == ("checkpoint_rejected", {"key": "of/the/third"})


def test_a_stage_that_is_run_again_has_no_signal_any_more(
    database: Database, recorder: SearchRecorder
) -> None:
    recorder.report(began(1))
    recorder.report(pruned(1, SIGNAL))
    assert signals_of(database, recorder) == [signal_document(SIGNAL)]
    recorder.report(halved(stage=1))
    assert signals_of(database, recorder) == [None]


def test_a_figure_without_end_is_left_out() -> None:
    endless = signal_document(replace(SIGNAL, agreement=math.inf))
    assert (endless["gain"], endless["agreement"]) == (0.1, None)


def test_a_disk_that_takes_no_checkpoint_is_noted_and_the_search_goes_on(
    database: Database, recorder: SearchRecorder, tmp_path: Path
) -> None:
    (tmp_path / "artifacts").write_text("in the way of the folder")
    checkpoint = Checkpoint(fingerprint="f", stage=0, kept=KEPT, results=(), state=None)
    line = NewEvent(type="noted", message="noted")
    recorder.journal.write_with_checkpoint(
        pack(checkpoint, step=1),
        lambda session: record(session, recorder.journal.lease, event=line),
    )
    assert event_types(database, recorder.journal.lease.job_id)[-2:] == [
        "checkpoint_failed",
        "noted",
    ]
    assert job_of(database, recorder.journal.lease.job_id).checkpoint_key is None


@pytest.mark.parametrize(("epochs", "end"), [(1, ", 1 epoch"), (2, ", 2 epochs")])
def test_a_number_and_its_noun_agree(epochs: int, end: str) -> None:
    assert stage_started(began(1, epochs=epochs)).message.endswith(end)


def collapsing(epoch: int) -> EpochFinished:
    begin = Checkpoint(fingerprint="f", stage=0, kept=KEPT, results=(), state=None)
    alphas = tuple(tuple(row) for row in ALPHAS)
    return EpochFinished(
        stage=1,
        epoch=epoch,
        phase="architecture",
        metrics=EpochMetrics(
            learning_rate=0.1,
            dropout_rate=0.0,
            train_loss=1.0,
            train_accuracy=0.5,
            train_top5=1.0,
            valid_loss=None,
            valid_accuracy=None,
            valid_top5=None,
            valid_classes=None,
            seconds=1.0,
            images_per_second=1.0,
            memory_bytes=None,
        ),
        alphas=CellPair(normal=alphas, reduce=alphas),
        collapse=Collapse(skip_connects=6, ends_stage=False),
        snapshot=lambda: begin,
    )


def collapsed_epoch_of(database: Database, recorder: SearchRecorder) -> int | None:
    with database.read() as session:
        return session.get_one(Stage, (recorder.journal.lease.job_id, 1)).collapsed_epoch


def test_a_collapse_is_a_warning_in_the_history(
    database: Database, recorder: SearchRecorder
) -> None:
    recorder.report(began(1))
    recorder.report(collapsing(1))
    event = events_of(database, recorder.journal.lease.job_id)[-1]
    assert (event.type, event.level, event.data["skip_connects"]) == ("collapsed", "warning", 6)
    assert collapsed_epoch_of(database, recorder) == 1


def test_a_stage_that_begins_again_has_not_collapsed(
    database: Database, recorder: SearchRecorder
) -> None:
    recorder.report(began(1))
    recorder.report(collapsing(1))
    recorder.report(halved(stage=1))
    assert collapsed_epoch_of(database, recorder) is None
