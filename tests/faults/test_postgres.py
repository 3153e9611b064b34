"""PostgreSQL is killed, cuts its connections, or stands still."""

import time
from collections.abc import Iterator
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import pytest

from tests.faults.conftest import EITHER_KIND, Subject
from tests.faults.stalling import CHECKPOINT, start_stalling_worker, wait_until_stalled
from tests.support.databases import make_postgres_template, postgres_database
from tests.support.fleet import Fleet, fleet
from tests.support.jobs import SearchRecord, job_of, wait_for_event
from tests.support.outcomes import EPOCHS, STEPPED, assert_ended_well
from tests.support.processes import LEASE_SECONDS
from tests.support.servers import PostgresServer, wait_until

PATIENT_LEASE = "60"
"""Seconds: no outage of these tests is as long."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    server.start()
    make_postgres_template(server)
    yield server
    server.delete()


@pytest.fixture
def on_postgres(postgres: PostgresServer, tmp_path: Path) -> Iterator[Fleet]:
    """Yield a fleet without workers on a server that may be disturbed."""
    with postgres_database(postgres) as url, fleet(tmp_path, url, workers=0) as running:
        yield running


@pytest.mark.slow
@EITHER_KIND
def test_killed_and_started_again(
    on_postgres: Fleet, postgres: PostgresServer, subject: Subject, tmp_path: Path
) -> None:
    """The attempt that runs tells what it has to when the database is back."""
    database = on_postgres.database
    worker = start_stalling_worker(
        on_postgres, tmp_path, CHECKPOINT, 2, PDARTS_LEASE_SECONDS=PATIENT_LEASE
    )
    job_id = subject.queue(database)
    wait_until_stalled(worker)
    postgres.stop()
    try:
        worker.signal_children(SIGCONT)
        wait_until(lambda: "does not answer" in worker.log, "the outage to be noticed", 60)
    finally:
        postgres.start()
    waiting = subject.queue(database)
    for each in (job_id, waiting):
        subject.assert_ended_well(database, each)
        assert job_of(database, each).attempt == 1


def test_connections_cut(
    on_postgres: Fleet, postgres: PostgresServer, stepped: SearchRecord
) -> None:
    """Again and again: every one is replaced, and no attempt is lost."""
    on_postgres.start_workers(2, PDARTS_LEASE_SECONDS=PATIENT_LEASE)
    search_id = on_postgres.queue_search(**STEPPED)
    for epoch in range(1, len(EPOCHS)):
        wait_for_event(on_postgres.database, search_id, "epoch_finished", epoch)
        postgres.cut_connections()
    assert_ended_well(on_postgres.database, search_id, stepped)
    assert job_of(on_postgres.database, search_id).attempt == 1


@pytest.mark.slow
def test_stopped_for_longer_than_a_lease(
    on_postgres: Fleet, postgres: PostgresServer, stepped: SearchRecord
) -> None:
    """Attempts that could not renew their leases give up: nothing is lost or told twice."""
    workers = on_postgres.start_workers(2)
    ids = [on_postgres.queue_search(**STEPPED) for _ in workers]
    for search_id in ids:
        wait_for_event(on_postgres.database, search_id, "epoch_finished")
    postgres.signal_all(SIGSTOP)
    try:
        time.sleep(LEASE_SECONDS + 1)
    finally:
        postgres.signal_all(SIGCONT)
    for search_id in ids:
        assert_ended_well(on_postgres.database, search_id, stepped)
    for worker in workers:
        assert worker.process is not None
        assert worker.process.poll() is None
