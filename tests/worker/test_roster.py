"""The row that tells clients of a worker."""

import pytest
from sqlalchemy import delete, select, update

from store.database import Database
from store.datasets import queue_check
from store.gpu_readings import GpuReading, restored
from store.tables import Worker
from store.types import db_now
from tests.support.attempts import WORKER_ID, claim_search
from tests.support.jobs import queue_search
from worker.devices import DeviceDescription
from worker.identity import VERSION, WorkerIdentity
from worker.roster import FORGOTTEN_AFTER, Roster

pytestmark = pytest.mark.both_databases

DEVICE = DeviceDescription(kind="cuda", name="NVIDIA H100", memory_bytes=80 * 2**30)


def make_roster(database: Database, worker_id: str = WORKER_ID) -> Roster:
    identity = WorkerIdentity(id=worker_id, host="node-1", pid=42)
    return Roster(database, identity, "worker-0@node-1", DEVICE)


def workers(database: Database) -> list[Worker]:
    with database.read() as session:
        return list(session.scalars(select(Worker).order_by(Worker.id)))


@pytest.fixture
def roster(database: Database) -> Roster:
    return make_roster(database)


def test_the_first_beat_tells_who_it_is(database: Database, roster: Roster) -> None:
    roster.beat()
    (row,) = workers(database)
    assert (row.id, row.name, row.host, row.pid) == (WORKER_ID, "worker-0@node-1", "node-1", 42)
    assert (row.device, row.device_name, row.memory_bytes) == (
        "cuda",
        "NVIDIA H100",
        80 * 2**30,
    )
    assert (row.version, row.job_id, row.draining) == (VERSION, None, False)


def test_each_beat_is_dated(database: Database, roster: Roster) -> None:
    roster.beat()
    with database.write() as session:
        session.execute(update(Worker).values(last_beat_at=db_now(-60)))
    (before,) = workers(database)
    roster.beat()
    (after,) = workers(database)
    assert after.last_beat_at > before.last_beat_at
    assert after.started_at == before.started_at


def test_the_search_that_runs_is_told(database: Database, roster: Roster) -> None:
    roster.beat()
    search_id = queue_search(database)
    claim_search(database)
    roster.beat()
    assert workers(database)[0].job_id == search_id


def test_each_beat_tells_what_the_gpus_do(database: Database, roster: Roster) -> None:
    cool, hot = (GpuReading(uuid="a", name="", temperature_celsius=t) for t in (40, 80))
    for gpus in ([cool], [hot], []):
        roster.beat(gpus)
        assert restored(workers(database)[0].gpus) == gpus


def test_a_job_is_told_rather_than_the_check_beside_it(database: Database, roster: Roster) -> None:
    roster.beat()
    with database.write() as session:
        queue_check(
            session, "local", name="pets", dataset_id=None, digest=None, mark="", max_attempts=3
        )
    check_id = claim_search(database).lease.job_id
    roster.beat()
    assert (workers(database)[0].job_id, roster.is_busy) == (check_id, True)
    roster.beat(has_lane=True)
    assert (workers(database)[0].job_id, roster.is_busy) == (None, False)
    search_id = queue_search(database)
    claim_search(database)
    roster.beat()
    assert workers(database)[0].job_id == search_id


def test_the_wish_to_drain_is_heard(database: Database, roster: Roster) -> None:
    assert not roster.beat()
    with database.write() as session:
        session.execute(update(Worker).values(draining=True))
    assert roster.beat()


def test_a_wish_outlives_a_row_that_was_forgotten(database: Database, roster: Roster) -> None:
    roster.beat()
    with database.write() as session:
        session.execute(update(Worker).values(draining=True))
    roster.beat()
    with database.write() as session:
        session.execute(delete(Worker))
    assert roster.beat()
    assert workers(database)[0].draining


def test_a_worker_that_ends_takes_its_row_along(database: Database, roster: Roster) -> None:
    make_roster(database, "wrk_other").beat()
    roster.beat()
    roster.leave()
    assert [row.id for row in workers(database)] == ["wrk_other"]


def test_the_dead_are_forgotten(database: Database, roster: Roster) -> None:
    make_roster(database, "wrk_dead").beat()
    with database.write() as session:
        long_ago = db_now(-1 - FORGOTTEN_AFTER.total_seconds())
        session.execute(update(Worker).values(last_beat_at=long_ago))
    roster.beat()
    assert [row.id for row in workers(database)] == [WORKER_ID]
