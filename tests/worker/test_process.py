"""Whole Celery workers, their children and their signals."""

from pathlib import Path

import pytest

from store.database import Database
from store.states import JobState
from tests.support.jobs import queue_search, record_of, wait_for_state
from tests.support.processes import WorkerProcess, running
from tests.support.servers import RedisServer


@pytest.fixture
def worker(tmp_path: Path, database_url: str, redis_server: RedisServer) -> WorkerProcess:
    with redis_server.client() as client:
        client.flushall()
    return WorkerProcess(tmp_path, database_url=database_url, redis_url=redis_server.url)


def test_a_search_runs_to_its_genotypes(worker: WorkerProcess, database: Database) -> None:
    search_id = queue_search(database)
    with running(worker):
        wait_for_state(database, search_id, JobState.SUCCEEDED, JobState.FAILED)
    assert len(record_of(database, search_id).genotypes) >= 1
