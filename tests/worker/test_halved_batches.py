"""A search on a device that cannot hold its batches."""

from pathlib import Path

import pytest
import torch
from sqlalchemy import select

from pdarts_core.images.batches import Batch, DeviceBatches
from store.database import Database
from store.states import ErrorCode, EventLevel, JobState
from store.tables import Stage
from tests.support.attempts import run_attempt
from tests.support.jobs import (
    TINY_STAGES,
    event_types,
    events_of,
    job_of,
    queue_search,
    record_of,
    single_stage,
    take_from_its_worker,
)

MOST_IMAGES = 5
"""Half a batch."""
STEPS_PER_EPOCH = 2
"""Of the weights, as no others are trained."""


class _Killed(BaseException):
    """Ends an attempt as nothing ends one that is in order: it writes nothing more."""


@pytest.fixture
def short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that cannot train with more images at a time."""
    limit_batches(monkeypatch, from_batch=1)


def limit_batches(monkeypatch: pytest.MonkeyPatch, *, from_batch: int) -> None:
    unlimited = DeviceBatches.augmented
    trained = 0

    def augmented(batches: DeviceBatches, indices: torch.Tensor) -> Batch:
        nonlocal trained
        trained += 1
        if trained >= from_batch and len(indices) > MOST_IMAGES:
            raise torch.OutOfMemoryError
        return unlimited(batches, indices)

    monkeypatch.setattr(DeviceBatches, "augmented", augmented)


@pytest.mark.usefixtures("short_memory")
def test_it_succeeds_in_smaller_parts_and_says_so_in_history_and_stages(
    database: Database, tmp_path: Path
) -> None:
    search_id = queue_search(database)
    run_attempt(database, tmp_path)
    assert job_of(database, search_id).state is JobState.SUCCEEDED
    halved = [event for event in events_of(database, search_id) if event.type == "batch_halved"]
    assert [event.data["stage"] for event in halved] == list(range(1, len(TINY_STAGES) + 1))
    assert {event.level for event in halved} == {EventLevel.WARNING}
    assert halved[0].data == {"stage": 1, "images_at_once": 5, "accumulation": 2}
    with database.read() as session:
        parts = select(Stage.accumulation).where(Stage.search_id == search_id)
        assert set(session.scalars(parts)) == {2}


@pytest.mark.slow
def test_killed_after_a_stage_began_again_it_tells_every_epoch_of_it(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_id = queue_search(database, stages=single_stage(epochs=3))

    def die_once_halved(_: int) -> bool:
        if "batch_halved" in event_types(database, search_id):
            raise _Killed
        return False

    with monkeypatch.context() as short:
        limit_batches(short, from_batch=STEPS_PER_EPOCH + 1)
        with pytest.raises(_Killed):
            run_attempt(database, tmp_path, at_step=die_once_halved)
    take_from_its_worker(database, search_id)
    run_attempt(database, tmp_path)
    assert job_of(database, search_id).state is JobState.SUCCEEDED
    assert [row["epoch"] for row in record_of(database, search_id).epochs] == [1, 2, 3]


@pytest.mark.usefixtures("short_memory")
def test_it_fails_where_its_spec_wants_whole_batches(database: Database, tmp_path: Path) -> None:
    search_id = queue_search(database, halve_batches=False)
    run_attempt(database, tmp_path)
    assert job_of(database, search_id).error_code is ErrorCode.OUT_OF_MEMORY
