"""Celery workers that end, in order or not, and what becomes of their searches. On PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Database
from store.states import JobState
from tests.support.attempts import run_uninterrupted
from tests.support.databases import postgres_database
from tests.support.jobs import (
    TWO_EPOCHS_EACH,
    event_types,
    queue_search,
    record_of,
    wait_for_event,
    wait_for_state,
)
from tests.support.processes import WorkerProcess, running
from tests.support.servers import PostgresServer, RedisServer


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[Database]:
    with postgres_database(postgres_server) as url:
        database = Database(url)
        yield database
        database.close()


def make_worker(database: Database, broker: RedisServer, home: Path) -> WorkerProcess:
    url = database.url.render_as_string(hide_password=False)
    return WorkerProcess(home, database_url=url, redis_url=broker.url)


@pytest.mark.slow
def test_searches_at_once_are_not_mixed_up_and_outlive_a_worker(
    database: Database, broker: RedisServer, tmp_path: Path
) -> None:
    seeds = (1, 2)
    references = [
        run_uninterrupted(database, tmp_path, stages=TWO_EPOCHS_EACH, seed=seed) for seed in seeds
    ]
    workers = [make_worker(database, broker, tmp_path) for _ in seeds]
    ids = [queue_search(database, stages=TWO_EPOCHS_EACH, seed=seed) for seed in seeds]
    with running(*workers):
        for search_id in ids:
            wait_for_event(database, search_id, "epoch_finished")
        workers[0].kill()
        for search_id in ids:
            wait_for_state(database, search_id, JobState.SUCCEEDED)
    lost = [event_types(database, search_id).count("attempt_lost") for search_id in ids]
    assert sum(lost) == 1
    assert [record_of(database, search_id) for search_id in ids] == references
    assert references[0] != references[1]
