"""What is left of checkpoints, and for how long."""

import os
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from store.artifact_folder import FolderStore
from store.artifact_stores import open_artifacts
from store.artifacts import ArtifactsUnreachable
from store.database import Database
from store.ids import IdKind, new_id
from store.lifecycle import ended
from store.model_files import ModelFile, model_key, sheet_key
from store.states import JobState
from store.tables import DatasetRow, Evaluation, Job
from store.types import db_now
from tests.support.buckets import BucketServer, environment_of
from tests.support.evaluation_jobs import queue_evaluation
from tests.support.image_archives import archive_of
from tests.support.jobs import queue_search
from tests.support.processes import WorkerProcess, running
from tests.support.sent_datasets import store_images
from tests.support.servers import RedisServer, free_port, wait_until
from tests.support.weights_files import insert_weights
from worker.kinds.registry import WORKER_KINDS
from worker.sweeping import ABANDONED_AFTER, TORN_AFTER, Sweeper

pytestmark = pytest.mark.both_databases

KEPT_SECONDS = 1000.0


@pytest.fixture
def artifacts(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "artifacts")


@pytest.fixture
def sweeper(database: Database, artifacts: FolderStore) -> Sweeper:
    return Sweeper(database, artifacts, WORKER_KINDS, kept_seconds=KEPT_SECONDS)


def put_checkpoint(artifacts: FolderStore, search_id: str, name: str = "1.ckpt") -> Path:
    key = f"{search_id}/checkpoints/{name}"
    artifacts.put(key, b"state")
    return artifacts.root / key


def age(path: Path, by: timedelta) -> None:
    then = time.time() - by.total_seconds() - 60
    os.utime(path, (then, then))


def end(database: Database, search_id: str, state: JobState, *, seconds_ago: float) -> None:
    values = ended(state) | {"finished_at": db_now(-seconds_ago)}
    with database.write() as session:
        session.execute(update(Job).where(Job.id == search_id).values(**values))


@pytest.mark.parametrize(
    ("state", "seconds_ago", "is_kept"),
    [
        (JobState.SUCCEEDED, KEPT_SECONDS - 100, True),
        (JobState.SUCCEEDED, KEPT_SECONDS + 100, False),
        (JobState.CANCELLED, KEPT_SECONDS + 100, False),
        (JobState.FAILED, KEPT_SECONDS + 100, True),
    ],
)
def test_a_search_that_has_long_ended_keeps_none_unless_it_may_be_tried_again(
    database: Database,
    artifacts: FolderStore,
    sweeper: Sweeper,
    state: JobState,
    seconds_ago: float,
    is_kept: bool,
) -> None:
    search_id = queue_search(database)
    put_checkpoint(artifacts, search_id)
    end(database, search_id, state, seconds_ago=seconds_ago)
    sweeper.sweep()
    assert (artifacts.keys(search_id) != []) == is_kept


@pytest.mark.parametrize("seconds_ago", [KEPT_SECONDS - 100, KEPT_SECONDS + 100])
def test_what_an_attempt_that_was_late_wrote_of_a_network_is_swept_after_a_while(
    database: Database, artifacts: FolderStore, sweeper: Sweeper, seconds_ago: float
) -> None:
    evaluation_id = queue_evaluation(database)
    keys = [model_key(evaluation_id, "last", "torch", digit * 64) for digit in "01"]
    for key in keys:
        artifacts.put(key, b"weights")
    named = ModelFile(which="last", format="torch", key=keys[1], sha256="1" * 64, bytes=7)
    with database.write() as session:
        session.get_one(Evaluation, evaluation_id).models = [named.to_row()]
    end(database, evaluation_id, JobState.SUCCEEDED, seconds_ago=seconds_ago)
    sweeper.sweep()
    is_over = seconds_ago > KEPT_SECONDS
    assert artifacts.keys(evaluation_id) == ([named.key] if is_over else keys)


def test_so_is_a_picture_that_an_attempt_wrote_which_died(
    database: Database, artifacts: FolderStore, sweeper: Sweeper
) -> None:
    dead, kept = queue_evaluation(database), queue_evaluation(database)
    for evaluation_id in (dead, kept):
        artifacts.put(sheet_key(evaluation_id, "1" * 64), b"picture")
        artifacts.put(sheet_key(evaluation_id, "2" * 64), b"picture")
    with database.write() as session:
        session.get_one(Evaluation, kept).details = {"wrong_sheet": "2" * 64}
    end(database, dead, JobState.CANCELLED, seconds_ago=KEPT_SECONDS + 100)
    end(database, kept, JobState.SUCCEEDED, seconds_ago=KEPT_SECONDS + 100)
    sweeper.sweep()
    assert artifacts.keys(dead) == []
    assert artifacts.keys(kept) == [sheet_key(kept, "2" * 64)]


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING, JobState.PAUSED])
def test_a_search_that_can_go_on_keeps_all(
    database: Database, artifacts: FolderStore, sweeper: Sweeper, state: JobState
) -> None:
    search_id = queue_search(database)
    age(put_checkpoint(artifacts, search_id), timedelta(days=400))
    with database.write() as session:
        session.execute(update(Job).where(Job.id == search_id).values(state=state))
    sweeper.sweep()
    assert artifacts.keys(search_id) != []


@pytest.mark.parametrize("is_old", [True, False])
def test_what_a_deleted_search_left_is_swept_after_a_while(
    artifacts: FolderStore, sweeper: Sweeper, is_old: bool
) -> None:
    search_id = new_id(IdKind.SEARCH)
    age(put_checkpoint(artifacts, search_id), ABANDONED_AFTER)
    newest = put_checkpoint(artifacts, search_id, "2.ckpt")
    if is_old:
        age(newest, ABANDONED_AFTER)
    sweeper.sweep()
    assert (artifacts.folders() == []) == is_old


@pytest.mark.parametrize(("is_there", "is_old"), [(True, True), (False, True), (False, False)])
def test_weights_that_no_row_names_are_swept_after_a_while(
    database: Database, artifacts: FolderStore, sweeper: Sweeper, is_there: bool, is_old: bool
) -> None:
    with database.write() as session:
        weights_id = insert_weights(session) if is_there else new_id(IdKind.WEIGHTS)
    artifacts.put(f"{weights_id}/model.pt", b"weights")
    if is_old:
        age(artifacts.root / weights_id / "model.pt", ABANDONED_AFTER)
    sweeper.sweep()
    assert (artifacts.keys(weights_id) == []) == (is_old and not is_there)


@pytest.mark.parametrize(("is_there", "is_old"), [(True, True), (False, True), (False, False)])
def test_images_that_no_row_names_are_swept_after_a_while(
    database: Database, artifacts: FolderStore, sweeper: Sweeper, is_there: bool, is_old: bool
) -> None:
    row = store_images(database, artifacts, archive_of())
    if not is_there:
        with database.write() as session:
            session.execute(delete(DatasetRow))
    if is_old:
        age(artifacts.root / row.pack_key, ABANDONED_AFTER)
    sweeper.sweep()
    assert (artifacts.keys(row.folder) == []) == (is_old and not is_there)


@pytest.mark.parametrize("is_old", [True, False])
def test_a_file_whose_writing_has_long_stopped_is_swept(
    database: Database, artifacts: FolderStore, sweeper: Sweeper, is_old: bool
) -> None:
    search_id = queue_search(database)
    whole = put_checkpoint(artifacts, search_id)
    torn = whole.with_name(".tmp-torn")
    torn.write_bytes(b"sta")
    age(whole, TORN_AFTER)
    if is_old:
        age(torn, TORN_AFTER)
    sweeper.sweep()
    assert (torn.exists(), whole.exists()) == (not is_old, True)


def test_what_is_no_search_is_left_alone(artifacts: FolderStore, sweeper: Sweeper) -> None:
    age(put_checkpoint(artifacts, "somebody's"), timedelta(days=400))
    sweeper.sweep()
    assert artifacts.folders() == ["somebody's"]


def test_a_second_sweep_finds_nothing(
    database: Database, artifacts: FolderStore, sweeper: Sweeper
) -> None:
    search_id = queue_search(database)
    put_checkpoint(artifacts, search_id)
    end(database, search_id, JobState.SUCCEEDED, seconds_ago=KEPT_SECONDS + 1)
    sweeper.sweep()
    sweeper.sweep()
    assert artifacts.folders() == []


def test_a_bucket_is_swept_alike(
    database: Database, bucket_server: BucketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = bucket_server.make_bucket()
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    artifacts = open_artifacts(bucket.url)
    over, waiting = queue_search(database), queue_search(database)
    for search_id in (over, waiting):
        artifacts.put(f"{search_id}/checkpoints/1.ckpt", b"state")
    end(database, over, JobState.SUCCEEDED, seconds_ago=KEPT_SECONDS + 1)
    Sweeper(database, artifacts, WORKER_KINDS, kept_seconds=KEPT_SECONDS).sweep()
    assert artifacts.folders() == [waiting]


def test_a_bucket_that_is_away_is_told(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment_of(f"http://127.0.0.1:{free_port()}").items():
        monkeypatch.setenv(name, value)
    artifacts = open_artifacts("s3://bucket/prefix")
    with pytest.raises(ArtifactsUnreachable):
        Sweeper(database, artifacts, WORKER_KINDS, kept_seconds=0).sweep()


def test_a_worker_sweeps_now_and_then(
    database: Database, database_url: str, tmp_path: Path, broker: RedisServer
) -> None:
    artifacts = FolderStore(tmp_path / "artifacts")
    search_id = queue_search(database)
    end(database, search_id, JobState.SUCCEEDED, seconds_ago=1)
    quick = {"PDARTS_SWEEP_SECONDS": "0.2", "PDARTS_CHECKPOINTS_KEPT_SECONDS": "0"}
    worker = WorkerProcess(
        tmp_path, database_url=database_url, redis_url=broker.url, environment=quick
    )
    with running(worker):
        for _ in range(2):
            with suppress(FileNotFoundError):  # swept even before it was whole
                put_checkpoint(artifacts, search_id)
            wait_until(lambda: artifacts.folders() == [], "the sweep", 90)
