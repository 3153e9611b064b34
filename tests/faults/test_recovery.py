"""Nobody looks for lost searches, everybody does at once, or with a clock that is wrong."""

import threading
from collections.abc import Callable
from signal import SIGKILL

import pytest
from sqlalchemy.orm import Session

from store.database import Database
from store.lease import claim
from store.lifecycle import expire_leases, take_due_rings
from store.states import JobState
from tests.faults.conftest import Fleets
from tests.support import wrong_clock
from tests.support.jobs import (
    NEVER_ENDING,
    SearchRecord,
    expire_lease,
    job_of,
    queue_search,
    state_of,
    wait_for_event,
)
from tests.support.outcomes import STEPPED, assert_ended_well, count_events

A_DAY = 86400.0
NEVER = "3600"
"""Seconds between two looks for lost searches: more than a test lasts."""


class TestDead:
    @pytest.mark.slow
    def test_what_is_lost_waits_for_somebody_who_looks(
        self, make_fleet: Fleets, stepped: SearchRecord
    ) -> None:
        with make_fleet(0) as fleet:
            (blind,) = fleet.start_workers(PDARTS_RECOVERY_SECONDS=NEVER)
            search_id = fleet.queue_search(**STEPPED)
            fleet.ring(search_id)
            wait_for_event(fleet.database, search_id, "epoch_finished")
            blind.signal_children(SIGKILL)
            fleet.wait_until_lease_is_over(search_id)
            assert state_of(fleet.database, search_id) is JobState.RUNNING
            fleet.start_workers()
            assert_ended_well(fleet.database, search_id, stepped)
            assert count_events(fleet.database, search_id)["attempt_lost"] == 1

    def test_searches_that_are_rung_for_run_all_the_same(
        self, make_fleet: Fleets, stepped: SearchRecord
    ) -> None:
        with make_fleet(0) as fleet:
            fleet.start_workers(PDARTS_RECOVERY_SECONDS=NEVER)
            ids = [fleet.queue_search(**STEPPED) for _ in range(2)]
            fleet.ring(ids[0])
            for search_id in ids:
                assert_ended_well(fleet.database, search_id, stepped)


def at_once(times: int, database: Database, act: Callable[[Session], list[str]]) -> list[list[str]]:
    """Do the same from many threads, each with an engine of its own, and return what each got."""
    url = database.url.render_as_string(hide_password=False)
    begin = threading.Barrier(times)
    got: list[list[str]] = []

    def work() -> None:
        own = Database(url)
        with own.read() as session:
            session.connection()
        begin.wait()
        with own.write() as session:
            got.append(act(session))
        own.close()

    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


class TestDoubled:
    MANY = 12

    @pytest.mark.both_databases
    def test_every_lost_search_is_queued_once(self, database: Database) -> None:
        ids = [queue_search(database) for _ in range(self.MANY)]
        for search_id in ids:
            with database.write() as session:
                assert claim(session, search_id, worker_id="wrk_dead", lease_seconds=90)
            expire_lease(database, search_id)
        found = at_once(self.MANY, database, expire_leases)
        assert sorted(search_id for some in found for search_id in some) == sorted(ids)
        for search_id in ids:
            assert count_events(database, search_id)["attempt_lost"] == 1
            assert state_of(database, search_id) is JobState.QUEUED

    @pytest.mark.both_databases
    def test_every_waiting_search_is_rung_for_once(self, database: Database) -> None:
        ids = [queue_search(database) for _ in range(self.MANY)]
        found = at_once(self.MANY, database, take_due_rings)
        assert sorted(search_id for some in found for search_id in some) == sorted(ids)
        assert {job_of(database, search_id).rings for search_id in ids} == {1}

    @pytest.mark.slow
    def test_four_workers_that_look_all_the_time(
        self, make_fleet: Fleets, stepped: SearchRecord
    ) -> None:
        with make_fleet(0) as fleet:
            fleet.start_workers(4, PDARTS_RECOVERY_SECONDS="0.05")
            search_id, worker = fleet.run_search(**STEPPED)
            worker.signal_children(SIGKILL)
            expire_lease(fleet.database, search_id)
            assert_ended_well(fleet.database, search_id, stepped)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.sampled
@pytest.mark.parametrize("ahead", [A_DAY, -A_DAY], ids=["ahead", "behind"])
class TestWrongClock:
    """Leases are told by the database's clock alone: on SQLite, there is no other."""

    @pytest.mark.slow
    def test_live_search_is_not_taken_and_lost_one_is(
        self, make_fleet: Fleets, stepped: SearchRecord, ahead: float
    ) -> None:
        with make_fleet(0) as fleet:
            (right,) = fleet.start_workers()
            live = fleet.queue_search(stages=NEVER_ENDING)
            wait_for_event(fleet.database, live, "epoch_finished")
            wrong = wrong_clock.clock_ahead(ahead)
            (other,) = fleet.start_workers(first=(wrong_clock.MODULE,), **wrong)
            lost, runs_lost = fleet.run_search(**STEPPED)
            assert runs_lost is other
            other.signal_children(SIGKILL)
            assert_ended_well(fleet.database, lost, stepped)
            job = job_of(fleet.database, live)
            assert (job.state, job.attempt) == (JobState.RUNNING, 1)
            assert right.children()

    def test_it_hears_what_others_ring_for(
        self, make_fleet: Fleets, stepped: SearchRecord, ahead: float
    ) -> None:
        with make_fleet(0) as fleet:
            wrong = wrong_clock.clock_ahead(ahead)
            fleet.start_workers(first=(wrong_clock.MODULE,), PDARTS_RECOVERY_SECONDS=NEVER, **wrong)
            search_id = fleet.queue_search(**STEPPED)
            fleet.ring(search_id)
            assert_ended_well(fleet.database, search_id, stepped)
