"""A Celery worker at work: its turns, its children, its broker. The tests share it, on SQLite."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from store.database import Database
from store.lifecycle import request_cancel
from store.queue import QUEUE
from store.settings import Settings
from store.states import JobState
from store.tables import Job
from tests.support.databases import sqlite_database
from tests.support.http_service import serve
from tests.support.jobs import (
    NEVER_ENDING,
    queue_search,
    single_stage,
    wait_for_event,
    wait_for_state,
)
from tests.support.processes import WorkerProcess, running
from tests.support.servers import RedisServer, wait_until


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def database(sqlite_template: Path, home: Path) -> Iterator[Database]:
    with sqlite_database(sqlite_template, home) as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture(scope="module", autouse=True)
def worker(broker: RedisServer, database: Database, home: Path) -> Iterator[WorkerProcess]:
    worker = WorkerProcess(home, database_url=url_of(database), redis_url=broker.url)
    with running(worker):
        yield worker


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


@pytest.mark.slow
def test_ten_searches_run_one_after_the_other(database: Database) -> None:
    ids = [queue_search(database, stages=single_stage(1), seed=seed) for seed in range(10)]
    jobs = [wait_for_state(database, search_id, JobState.SUCCEEDED) for search_id in ids]
    turns = sorted(turn_of(job) for job in jobs)
    assert all(end <= begin for (_, end), (begin, _) in pairwise(turns))


def turn_of(job: Job) -> tuple[datetime, datetime]:
    """Return when a job that has ended started and finished."""
    assert job.started_at is not None
    assert job.finished_at is not None
    return job.started_at, job.finished_at


def test_a_cancel_ends_the_search_that_runs(database: Database) -> None:
    search_id = queue_search(database, stages=NEVER_ENDING)
    wait_for_event(database, search_id, "epoch_finished")
    with database.write() as session:
        request_cancel(session, search_id)
    wait_for_state(database, search_id, JobState.CANCELLED)


def test_a_worker_that_drains_gives_its_search_back_and_takes_none_until_told(
    broker: RedisServer, database: Database, home: Path
) -> None:
    search_id = queue_search(database, stages=NEVER_ENDING)
    wait_for_event(database, search_id, "epoch_finished")
    with serve(Settings(home=home, database_url=url_of(database), redis_url=broker.url)) as client:
        (listed,) = client.get("/workers").json()["data"]
        path = f"/workers/{listed['id']}"
        assert client.post(f"{path}/drain").status_code == 202
        wait_for_state(database, search_id, JobState.QUEUED)
        with broker.client() as redis:
            wait_until(lambda: redis.llen(QUEUE) > 0, "a message that nobody takes", 90)
        wait_until(lambda: not client.get(path).json()["busy"], "the worker's rest", 90)
        shown = client.get(path).json()
        assert (shown["draining"], shown["alive"]) == (True, True)
        assert client.post(f"{path}/undrain").status_code == 202
        wait_for_state(database, search_id, JobState.RUNNING)
        client.post(f"/searches/{search_id}/cancel")
        wait_for_state(database, search_id, JobState.CANCELLED)
