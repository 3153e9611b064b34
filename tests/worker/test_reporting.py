"""What is written besides what a search that goes well tells."""

from pathlib import Path

import pytest

from pdarts_core.config import SearchConfig
from pdarts_core.space.cells import EDGES, CellPair, all_operations
from pdarts_core.stages.checkpoint import Checkpoint
from pdarts_core.stages.events import BatchHalved, StageStarted
from store.artifact_folder import FolderStore
from store.database import Database
from store.history import NewEvent
from store.job_spec import JobSpec
from store.lease import record
from store.tables import Epoch
from tests.support.attempts import claim_search
from tests.support.jobs import event_types, events_of, job_of, make_spec, queue_search, record_of
from worker.checkpoints import CheckpointKeeper, RejectedCheckpoint
from worker.progress import ProgressTracker
from worker.reporting import Reporter
from worker.writing import AttemptWriter

KEPT = CellPair(normal=all_operations(), reduce=all_operations())
ALPHAS = [[0.0] * 8 for _ in EDGES]


@pytest.fixture
def reporter(database: Database, tmp_path: Path) -> Reporter:
    queue_search(database)
    lease = claim_search(database).lease
    config = JobSpec.from_document(SearchConfig, make_spec()).config
    return Reporter(
        lease=lease,
        config=config,
        writer=AttemptWriter(database, lease, lambda: True),
        keeper=CheckpointKeeper(FolderStore(tmp_path / "artifacts"), lease),
        tracker=ProgressTracker(config),
    )


def began(stage: int) -> StageStarted:
    return StageStarted(
        stage=stage,
        stages=3,
        layers=3,
        epochs=2,
        init_channels=1,
        steps_per_epoch=2,
        parameters=10,
        accumulation=1,
        kept=KEPT,
    )


def halved(stage: int) -> BatchHalved:
    begin = Checkpoint(fingerprint="f", stage=stage - 1, kept=KEPT, results=(), state=None)
    return BatchHalved(stage=stage, images_at_once=8, accumulation=2, snapshot=lambda: begin)


def write_epochs(database: Database, reporter: Reporter, *places: tuple[int, int]) -> None:
    """Write stages and epochs as an earlier attempt has."""
    for stage in sorted({stage for stage, _ in places}):
        reporter.report(began(stage))
    measured = {"learning_rate": 0.1, "dropout_rate": 0.0, "train_loss": 1.0, "seconds": 1.0}
    measured |= {"train_accuracy": 0.1, "train_top5": 0.5, "images_per_second": 1.0}
    with database.write() as session:
        for stage, epoch in places:
            row = Epoch(search_id=reporter.lease.job_id, stage=stage, epoch=epoch, **measured)
            row.phase, row.alphas_normal, row.alphas_reduce = "weights", ALPHAS, ALPHAS
            session.add(row)


def epochs_of(database: Database, reporter: Reporter) -> list[tuple[int, int]]:
    rows = record_of(database, reporter.lease.job_id).epochs
    return [(row["stage"], row["epoch"]) for row in rows]


def test_a_stage_that_begins_again_takes_its_epochs_back(
    database: Database, reporter: Reporter
) -> None:
    write_epochs(database, reporter, (1, 1), (1, 2), (2, 1))
    reporter.report(halved(stage=2))
    assert epochs_of(database, reporter) == [(1, 1), (1, 2)]
    assert event_types(database, reporter.lease.job_id)[-1] == "batch_halved"


def test_a_stage_that_begins_again_is_no_progress(database: Database, reporter: Reporter) -> None:
    reporter.report(halved(stage=2))
    job = job_of(database, reporter.lease.job_id)
    assert job.checkpoint_key is not None
    assert job.attempts_without_progress == 1


def test_a_search_that_goes_back_takes_back_what_came_after(
    database: Database, reporter: Reporter
) -> None:
    write_epochs(database, reporter, (1, 1), (1, 2), (2, 1), (2, 2), (3, 1))
    rejected = RejectedCheckpoint(key="of/the/third", reason="it is damaged")
    reporter.reject_checkpoints([rejected], stage=2, epochs=1)
    assert epochs_of(database, reporter) == [(1, 1), (1, 2), (2, 1)]
    assert [row["stage"] for row in record_of(database, reporter.lease.job_id).stages] == [1, 2]
    last = events_of(database, reporter.lease.job_id)[-1]
    assert (last.type, last.data) == ("checkpoint_rejected", {"key": "of/the/third"})


def test_a_disk_that_takes_no_checkpoint_is_noted_and_the_search_goes_on(
    database: Database, reporter: Reporter, tmp_path: Path
) -> None:
    (tmp_path / "artifacts").write_text("in the way of the folder")
    checkpoint = Checkpoint(fingerprint="f", stage=0, kept=KEPT, results=(), state=None)
    line = NewEvent(type="noted", message="noted")
    reporter.write_with_checkpoint(
        checkpoint, lambda session: record(session, reporter.lease, event=line)
    )
    assert event_types(database, reporter.lease.job_id)[-2:] == ["checkpoint_failed", "noted"]
    assert job_of(database, reporter.lease.job_id).checkpoint_key is None
