"""Searches whose checkpoints lie in an object store."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL

import pytest
from sqlalchemy.orm import Session
from tenacity import RetryCallState, stop_after_attempt

from store.database import Database
from store.lifecycle import request_cancel, request_pause
from store.states import JobState
from tests.support.attempts import run_attempt, run_uninterrupted
from tests.support.buckets import Bucket, BucketServer, environment_of
from tests.support.databases import sqlite_database
from tests.support.jobs import (
    SearchRecord,
    end_wait,
    event_types,
    queue_search,
    record_of,
    state_of,
    take_from_its_worker,
    wait_for_event,
)
from tests.support.one_attempt import start_attempt
from tests.support.outcomes import SHORT, assert_ended_well
from tests.support.processes import quick_environment
from tests.support.servers import free_port
from worker.checkpoints import CheckpointKeeper


@pytest.fixture
def reference(tmp_path: Path, sqlite_template: Path) -> SearchRecord:
    """What a search leaves whose checkpoints lie in a folder."""
    folder = tmp_path / "reference"
    folder.mkdir()
    with sqlite_database(sqlite_template, folder) as url:
        database = Database(url)
        record = run_uninterrupted(database, folder, **SHORT)
        database.close()
    return record


@pytest.fixture
def bucket(bucket_server: BucketServer, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    bucket = bucket_server.make_bucket()
    use(bucket.environment, monkeypatch)
    return bucket


def use(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@contextmanager
def store_away(
    monkeypatch: pytest.MonkeyPatch, *, patience: Callable[[RetryCallState], bool]
) -> Iterator[None]:
    """Have nobody listen where the store is; `patience` tells when it is asked no more."""
    with monkeypatch.context() as away:
        use(environment_of(f"http://127.0.0.1:{free_port()}"), away)
        for read in (CheckpointKeeper._before, CheckpointKeeper._get):
            away.setattr(read.retry, "stop", patience)
        yield


@pytest.mark.slow
def test_killed_it_goes_on_to_the_same_end(
    database_url: str, tmp_path: Path, bucket: Bucket, reference: SearchRecord
) -> None:
    database = Database(database_url)
    environment = quick_environment(tmp_path, database_url, "redis://127.0.0.1:1/0")
    environment |= {"PDARTS_ARTIFACTS_URL": bucket.url, "PDARTS_LEASE_SECONDS": "90"}
    search_id = queue_search(database, **SHORT)
    first = start_attempt(environment, tmp_path)
    wait_for_event(database, search_id, "epoch_finished", 2)
    first.send_signal(SIGKILL)
    first.wait()
    take_from_its_worker(database, search_id)
    assert start_attempt(environment, tmp_path).wait(120) == 0
    assert_ended_well(database, search_id, reference, redone=1)
    assert not (tmp_path / "artifacts").exists()
    database.close()


def test_without_its_store_it_goes_on_and_says_so(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(environment_of(f"http://127.0.0.1:{free_port()}"), monkeypatch)
    search_id = queue_search(database)
    run_attempt(database, tmp_path, artifacts_url="s3://bucket/prefix")
    assert state_of(database, search_id) is JobState.SUCCEEDED
    assert "checkpoint_failed" in event_types(database, search_id)


@pytest.mark.slow
def test_while_its_checkpoints_cannot_be_read_it_waits(
    database: Database,
    tmp_path: Path,
    bucket: Bucket,
    reference: SearchRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    search_id = queue_search(database, **SHORT)
    run_attempt(database, tmp_path, artifacts_url=bucket.url, at_step=lambda step: step == 3)
    with store_away(monkeypatch, patience=stop_after_attempt(1)):
        run_attempt(database, tmp_path, artifacts_url=bucket.url)
    assert state_of(database, search_id) is JobState.QUEUED
    assert event_types(database, search_id)[-1] == "released"
    end_wait(database, search_id)
    run_attempt(database, tmp_path, artifacts_url=bucket.url)
    assert record_of(database, search_id) == reference
    assert "checkpoint_rejected" not in event_types(database, search_id)


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("wish", "state"),
    [(request_cancel, JobState.CANCELLED), (request_pause, JobState.PAUSED)],
)
def test_a_wish_that_is_uttered_while_it_asks_for_its_checkpoints_is_followed(
    database: Database,
    tmp_path: Path,
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
    wish: Callable[[Session, str], None],
    state: JobState,
) -> None:
    search_id = queue_search(database, **SHORT)
    run_attempt(database, tmp_path, artifacts_url=bucket.url, at_step=lambda step: step == 3)

    def wish_and_give_up(_: RetryCallState) -> bool:
        with database.write() as session:
            wish(session, search_id)
        return True

    with store_away(monkeypatch, patience=wish_and_give_up):
        run_attempt(database, tmp_path, artifacts_url=bucket.url)
    assert state_of(database, search_id) is state
