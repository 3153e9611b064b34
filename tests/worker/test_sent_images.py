"""Jobs whose data set their owner sent: workers fetch it, and need no folder that they share."""

import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store.artifact_stores import open_artifacts
from store.database import Database
from store.lifecycle import request_pause, resume, retry
from store.private_files import make_private_folder, open_private
from store.states import ErrorCode, JobState
from store.tables import DatasetRow
from tests.support.attempts import run_attempt
from tests.support.buckets import BucketServer
from tests.support.evaluation_jobs import queue_evaluation
from tests.support.image_archives import archive_of
from tests.support.jobs import (
    event_types,
    events_of,
    job_of,
    queue_search,
    record_of,
    single_stage,
    state_of,
    wait_for_event,
    wait_for_state,
)
from tests.support.processes import WorkerProcess, running
from tests.support.sent_datasets import images_kept, let_use, store_images
from tests.support.servers import RedisServer
from worker.datasets.image_store import Pack, _entry_name

ARCHIVE = archive_of({"train/cat": 8, "train/dog": 8, "test/cat": 3, "test/dog": 3})
OTHER = archive_of({"train/cat": 8, "train/dog": 8, "test/cat": 3, "test/dog": 3}, seed=1)


@pytest.fixture
def bucket_url(bucket_server: BucketServer, monkeypatch: pytest.MonkeyPatch) -> str:
    bucket = bucket_server.make_bucket()
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    return bucket.url


def keep(database: Database, artifacts_url: str, archive: bytes = ARCHIVE) -> DatasetRow:
    return store_images(database, open_artifacts(artifacts_url), archive)


def queue_search_with(database: Database, row: DatasetRow, **changes: Any) -> str:
    search_id = queue_search(database, dataset=row.name, max_images=None, **changes)
    let_use(database, search_id, row)
    return search_id


def queue_evaluation_with(database: Database, row: DatasetRow) -> str:
    evaluation_id = queue_evaluation(database, dataset=row.name, max_images=None)
    let_use(database, evaluation_id, row)
    return evaluation_id


class TestTwoHomesAndABucket:
    @pytest.mark.slow
    def test_a_search_goes_on_at_the_other_to_the_same_end(
        self, database: Database, tmp_path: Path, bucket_url: str
    ) -> None:
        row = keep(database, bucket_url)
        undisturbed = queue_search_with(database, row)
        run_attempt(database, tmp_path / "here", artifacts_url=bucket_url)
        search_id = queue_search_with(database, row)

        def pause(step: int) -> bool:
            if step == 3:
                with database.write() as session:
                    request_pause(session, search_id)
            return False

        run_attempt(database, tmp_path / "here", artifacts_url=bucket_url, at_step=pause)
        assert state_of(database, search_id) is JobState.PAUSED
        with database.write() as session:
            resume(session, search_id)

        run_attempt(database, tmp_path / "there", artifacts_url=bucket_url)

        assert record_of(database, search_id) == record_of(database, undisturbed)
        assert [len(images_kept(tmp_path / home)) for home in ("here", "there")] == [1, 1]
        assert not (tmp_path / "there" / "data").exists()

    @pytest.mark.slow
    @pytest.mark.timeout(600)
    def test_two_workers_that_share_no_folder_hand_a_search_on(
        self,
        database: Database,
        database_url: str,
        redis_server: RedisServer,
        tmp_path: Path,
        bucket_url: str,
    ) -> None:
        row = keep(database, bucket_url)
        epochs = single_stage(epochs=8)
        undisturbed = queue_search_with(database, row, stages=epochs)
        run_attempt(database, tmp_path / "alone", artifacts_url=bucket_url)
        search_id = queue_search_with(database, row, stages=epochs)
        for name in ("here", "there"):
            (tmp_path / name).mkdir()
        here, there = (
            WorkerProcess(
                tmp_path / name,
                database_url=database_url,
                redis_url=redis_server.url,
                environment={"PDARTS_ARTIFACTS_URL": bucket_url},
            )
            for name in ("here", "there")
        )
        with running(here):
            wait_for_event(database, search_id, "epoch_finished")
            with database.write() as session:
                request_pause(session, search_id)
            wait_for_state(database, search_id, JobState.PAUSED)
            assert event_types(database, search_id).count("epoch_finished") < 8
        with database.write() as session:
            resume(session, search_id)
        with running(there):
            wait_for_state(database, search_id, JobState.SUCCEEDED)

        assert record_of(database, search_id) == record_of(database, undisturbed)
        assert [len(images_kept(tmp_path / home)) for home in ("here", "there")] == [1, 1]
        assert not any((tmp_path / home / "artifacts").exists() for home in ("here", "there"))

    def test_an_evaluation_is_tested_with_the_test_images(
        self, database: Database, tmp_path: Path, bucket_url: str
    ) -> None:
        evaluation_id = queue_evaluation_with(database, keep(database, bucket_url))
        run_attempt(database, tmp_path, artifacts_url=bucket_url)
        assert state_of(database, evaluation_id) is JobState.SUCCEEDED


@pytest.fixture
def artifacts_url(tmp_path: Path) -> str:
    return str(tmp_path / "artifacts")


@pytest.mark.parametrize("queue", [queue_search_with, queue_evaluation_with])
class TestChanged:
    @pytest.mark.sampled
    def test_it_fails_where_other_images_came(
        self,
        database: Database,
        tmp_path: Path,
        artifacts_url: str,
        queue: Callable[[Database, DatasetRow], str],
    ) -> None:
        job_id = queue(database, keep(database, artifacts_url))
        run_attempt(database, tmp_path, at_step=lambda step: step == 2)
        keep(database, artifacts_url, OTHER)
        run_attempt(database, tmp_path)
        job = job_of(database, job_id)
        assert (job.state, job.error_code) == (JobState.FAILED, ErrorCode.DATASET_CHANGED)
        assert "other images have been sent as 'pets'" in str(job.error_message)

        keep(database, artifacts_url)
        with database.write() as session:
            retry(session, job_id)
        run_attempt(database, tmp_path)
        assert state_of(database, job_id) is JobState.SUCCEEDED

    def test_it_fails_where_they_were_deleted_or_damaged(
        self,
        database: Database,
        tmp_path: Path,
        artifacts_url: str,
        queue: Callable[[Database, DatasetRow], str],
    ) -> None:
        row = keep(database, artifacts_url)
        damaged, deleted = queue(database, row), queue(database, row)
        open_artifacts(artifacts_url).put(row.pack_key, b"something else")
        run_attempt(database, tmp_path)
        with database.write() as session:
            session.delete(session.get_one(DatasetRow, row.id))
        run_attempt(database, tmp_path)
        for job_id, told in ((damaged, "cannot be fetched"), (deleted, "was deleted")):
            job = job_of(database, job_id)
            assert job.error_code is ErrorCode.DATASET_UNAVAILABLE
            assert told in str(job.error_message)
        assert images_kept(tmp_path) == []


def test_fetching_is_told(database: Database, tmp_path: Path, artifacts_url: str) -> None:
    search_id = queue_search_with(database, keep(database, artifacts_url))
    run_attempt(database, tmp_path)
    assert event_types(database, search_id)[:4] == [
        "submitted",
        "attempt_started",
        "dataset_loading",
        "dataset_loading",
    ]


def test_waiting_for_another_job_that_fetches_them_is_told_once(
    database: Database, tmp_path: Path, artifacts_url: str
) -> None:
    row = keep(database, artifacts_url)
    search_id = queue_search_with(database, row)
    entry = _entry_name(Pack(dataset=row.name, digest=row.digest, bytes=row.pack_bytes))
    make_private_folder(tmp_path / "datasets")
    with open_private(tmp_path / "datasets" / f"{entry}.lock", "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        def end_fetching(step: int) -> bool:
            if step == 3:
                fcntl.flock(lock, fcntl.LOCK_UN)
            return False

        run_attempt(database, tmp_path, at_step=end_fetching)
    told = [event.message for event in events_of(database, search_id)]
    assert told[2] == "waiting for another process on this machine that uses pets"
    assert told.count(told[2]) == 1
    assert told[3].startswith("fetching pets")


def test_a_disk_that_refuses_them_is_told(
    database: Database, tmp_path: Path, artifacts_url: str
) -> None:
    search_id = queue_search_with(database, keep(database, artifacts_url))
    (tmp_path / "datasets").write_text("no folder")
    run_attempt(database, tmp_path)
    job = job_of(database, search_id)
    assert job.error_code is ErrorCode.DATASET_UNAVAILABLE
    assert "cannot be kept on the worker's machine" in str(job.error_message)
