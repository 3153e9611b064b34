"""What goes wrong while images are received, stored or fetched leaves nothing half-made."""

import resource
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from tenacity import stop_after_attempt

from store.artifact_stores import open_artifacts
from store.artifacts import ArtifactStore
from store.database import Database
from store.settings import Settings
from store.states import JobState
from tests.api.calls import QUICK, problem
from tests.api.test_bounded_connections import place_of
from tests.support.archives import make_zip
from tests.support.attempts import run_attempt
from tests.support.buckets import BucketServer
from tests.support.cut_line import CutLine, cut_line
from tests.support.databases import sqlite_database
from tests.support.http_service import serve
from tests.support.image_archives import archive_of, files_of, zip_of
from tests.support.jobs import end_wait, event_types, state_of
from tests.support.sent_datasets import images_kept
from tests.support.servers import RedisServer, wait_until
from worker.checkpoints import PATIENCE

MIB = 2**20
ROOM = 2 * MIB
"""Bytes of the largest file that fits where the disk is full."""
BULKY = files_of() | {"train/cat/large.png": bytes(range(256)) * (2 * ROOM // 256)}
LARGE = zip_of(files_of() | {f"train/cat/{n}.png": bytes([n]) * 5 * MIB for n in range(4)})
"""More than two parts of what goes to an object store."""


@pytest.fixture
def artifacts(settings: Settings, database: Database) -> Iterator[ArtifactStore]:
    """Where images are kept; none are there before, and no file of an upload is left at the end."""
    artifacts = open_artifacts(settings.artifacts_url)
    for folder in artifacts.folders():
        artifacts.delete_folder(folder)
    yield artifacts
    assert not list(settings.home.glob("tmp*"))


@contextmanager
def full_disk() -> Iterator[None]:
    """Have no file of this process grow larger than `ROOM`."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    "archive",
    [pytest.param(zip_of(BULKY), id="received"), pytest.param(make_zip(BULKY), id="stored")],
)
def test_what_the_disk_is_too_full_for_leaves_nothing(
    client: httpx.Client, artifacts: ArtifactStore, archive: bytes
) -> None:
    with full_disk():
        answer = client.put("/datasets/pets", content=archive)
    assert problem(answer) == (503, "artifacts_unavailable")
    assert artifacts.folders() == []
    assert client.get("/datasets/pets").status_code == 404
    assert client.put("/datasets/pets", content=archive).status_code == 202


def test_who_leaves_before_all_was_sent_leaves_nothing(
    client: httpx.Client, artifacts: ArtifactStore
) -> None:
    head = f"PUT /datasets/pets HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(LARGE)}\r\n\r\n"
    for _ in range(6):  # more than an owner may send at a time
        with socket.create_connection(place_of(client)) as connection:
            connection.sendall(head.encode() + LARGE[: 2 * MIB])
    wait_until(
        lambda: client.put("/datasets/pets", content=b"x").status_code == 415, "their ends", 30
    )
    assert artifacts.folders() == []
    assert client.get("/datasets/pets").status_code == 404


def test_what_never_ends_is_refused_and_leaves_nothing(
    settings: Settings, artifacts: ArtifactStore
) -> None:
    """When it is cut off: tests/api/test_bounded_connections.py."""
    head = "PUT /datasets/pets HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"%x\r\n%s\r\n" % (MIB, bytes(MIB))
    with serve(settings.model_copy(update={"dataset_bytes": MIB})) as client:
        with socket.create_connection(place_of(client)) as connection:
            connection.sendall(head.encode() + 2 * piece)
            assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
        assert client.get("/datasets/pets").status_code == 404
    assert artifacts.folders() == []


def test_of_two_that_come_under_one_name_one_stays(
    client: httpx.Client, database: Database, settings: Settings, artifacts: ArtifactStore
) -> None:
    archives = [archive_of(seed=seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as senders:
        answers = list(
            senders.map(lambda archive: client.put("/datasets/pets", content=archive), archives)
        )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["digest"] for answer in answers}) == 4
    wait_until(lambda: len(artifacts.folders()) == 1, "the others to go")
    run_attempt(database, settings.home)
    shown = client.get("/datasets/pets").json()
    assert shown["state"] == "ready"
    assert shown["digest"] in {answer.json()["digest"] for answer in answers}


def test_what_is_in_use_stays_as_it_is(client: httpx.Client, artifacts: ArtifactStore) -> None:
    before = client.put("/datasets/pets", content=archive_of()).json()
    client.post("/searches", json=QUICK | {"dataset": "pets"})
    refused = client.put("/datasets/pets", content=archive_of(seed=1))
    assert problem(refused) == (409, "dataset_in_use")
    assert client.get("/datasets/pets").json()["digest"] == before["digest"]
    assert artifacts.folders() == [before["id"]]


def test_what_is_deleted_while_a_worker_fetches_it_leaves_nothing(
    client: httpx.Client,
    database: Database,
    settings: Settings,
    artifacts: ArtifactStore,
    tmp_path: Path,
) -> None:
    client.put("/datasets/pets", content=archive_of()).raise_for_status()

    def delete_it(step: int) -> bool:
        if step == 1:
            client.delete("/datasets/pets").raise_for_status()
        return False

    run_attempt(database, tmp_path, at_step=delete_it, artifacts_url=settings.artifacts_url)
    assert client.get("/datasets/pets").status_code == 404
    assert images_kept(tmp_path) == []
    wait_until(lambda: artifacts.folders() == [], "its images to go")


@dataclass(frozen=True, kw_only=True)
class Far:
    """A service whose artifacts lie in an object store, at the end of a line."""

    client: httpx.Client
    database: Database
    settings: Settings
    line: CutLine

    @property
    def artifacts(self) -> ArtifactStore:
        return open_artifacts(self.settings.artifacts_url)


@pytest.fixture
def far(
    tmp_path: Path,
    sqlite_template: Path,
    redis_server: RedisServer,
    bucket_server: BucketServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Far]:
    bucket = bucket_server.make_bucket()
    port = urlsplit(bucket_server.endpoint).port
    assert port is not None
    with sqlite_database(sqlite_template, tmp_path) as url, cut_line(port) as line:
        for name, value in bucket.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", line.endpoint)
        settings = Settings(
            home=tmp_path, database_url=url, redis_url=redis_server.url, artifacts_url=bucket.url
        )
        database = Database(url)
        with serve(settings) as client:
            yield Far(client=client, database=database, settings=settings, line=line)
        database.close()


@pytest.mark.slow
class TestObjectStoreThatGoes:
    def test_while_images_are_stored_leaves_nothing(self, far: Far) -> None:
        far.line.cut_after(12 * MIB)
        refused = far.client.put("/datasets/pets", content=LARGE)
        assert problem(refused) == (503, "artifacts_unavailable")
        assert far.client.get("/datasets/pets").status_code == 404
        assert not list(far.settings.home.glob("tmp*"))
        far.line.mend()
        assert far.artifacts.folders() == []
        assert far.client.put("/datasets/pets", content=LARGE).status_code == 202

    def test_while_they_are_fetched_leaves_nothing_and_the_job_waits(
        self, far: Far, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(PATIENCE, "stop", stop_after_attempt(1))
        check = far.client.put("/datasets/pets", content=LARGE).json()["check"]["id"]
        far.line.cut_after(12 * MIB)
        run_attempt(far.database, far.settings.home, artifacts_url=far.settings.artifacts_url)
        assert state_of(far.database, check) is JobState.QUEUED
        assert event_types(far.database, check)[-1] == "released"
        assert images_kept(far.settings.home) == []
        far.line.mend()
        end_wait(far.database, check)
        run_attempt(far.database, far.settings.home, artifacts_url=far.settings.artifacts_url)
        assert state_of(far.database, check) is JobState.SUCCEEDED
        assert len(images_kept(far.settings.home)) == 1
