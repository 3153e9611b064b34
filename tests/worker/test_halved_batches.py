"""A search on a device that cannot hold its batches."""

from pathlib import Path

import pytest
import torch
from sqlalchemy import select

from pdarts_core.batches import Batch, DeviceBatches
from store.database import Database
from store.states import ErrorCode, EventLevel, JobState
from store.tables import Stage
from tests.support.attempts import run_attempt
from tests.support.jobs import TINY_STAGES, events_of, job_of, queue_search

MOST_IMAGES = 5
"""Half a batch."""


@pytest.fixture(autouse=True)
def short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that cannot train with more images at a time."""
    unlimited = DeviceBatches.augmented

    def augmented(batches: DeviceBatches, indices: torch.Tensor) -> Batch:
        if len(indices) > MOST_IMAGES:
            raise torch.OutOfMemoryError
        return unlimited(batches, indices)

    monkeypatch.setattr(DeviceBatches, "augmented", augmented)


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


def test_it_fails_where_its_spec_wants_whole_batches(database: Database, tmp_path: Path) -> None:
    search_id = queue_search(database, halve_batches=False)
    run_attempt(database, tmp_path)
    assert job_of(database, search_id).error_code is ErrorCode.OUT_OF_MEMORY
