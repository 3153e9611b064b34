"""A worker stands still for longer than its lease, and then goes on as if nothing had been."""

import os
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import pytest

from store.database import Database
from tests.faults.conftest import EITHER_KIND, Fleets, Subject
from tests.faults.stalling import CHECKPOINT, start_stalling_worker, wait_until_stalled
from tests.support.failpoints import Moment
from tests.support.jobs import SearchRecord, event_types, wait_for_event
from tests.support.outcomes import STEPPED, assert_ended_well, count_events
from tests.support.processes import WorkerProcess, stands_still
from tests.support.servers import wait_until


def stop_between_transactions(database: Database, worker: WorkerProcess) -> list[int]:
    """Stop a worker's processes while none of them holds SQLite's lock; return their ids.

    One that does holds up all others until it goes on: see test_in_the_middle_of_a_transaction.
    """
    with database.write():
        stopped = [worker.pid, *worker.children()]
        for pid in stopped:
            os.kill(pid, SIGSTOP)
        wait_until(lambda: all(map(stands_still, stopped)), "the stop", 60)
    return stopped


@EITHER_KIND
def test_late_writes_are_refused_while_another_attempt_runs(
    make_fleet: Fleets, subject: Subject, tmp_path: Path
) -> None:
    """The one that would write is at its checkpoint; the one that may write stands still as well,
    so that the job is running, and nothing but the token tells them apart."""
    with make_fleet(0) as fleet:
        late = start_stalling_worker(fleet, tmp_path, CHECKPOINT, 2)
        search_id = subject.queue(fleet.database)
        wait_until_stalled(late)
        other = start_stalling_worker(fleet, tmp_path, CHECKPOINT, 1, PDARTS_LEASE_SECONDS="90")
        wait_for_event(fleet.database, search_id, "attempt_started", 2)
        wait_until_stalled(other)
        before = event_types(fleet.database, search_id)
        (child,) = late.children()
        os.kill(child, SIGCONT)
        wait_until(lambda: child not in late.children(), "the end of the late attempt", 60)
        assert "lost its lease" in late.log
        assert event_types(fleet.database, search_id) == before
        other.signal_children(SIGCONT)
        subject.assert_ended_well(fleet.database, search_id)


@pytest.mark.slow
def test_whole_worker_while_three_others_wait(
    make_fleet: Fleets, stepped: SearchRecord, tmp_path: Path
) -> None:
    with make_fleet(0) as fleet:
        late = start_stalling_worker(fleet, tmp_path, CHECKPOINT, 2)
        search_id = fleet.queue_search(**STEPPED)
        wait_until_stalled(late)
        stopped = stop_between_transactions(fleet.database, late)
        fleet.start_workers(3)
        wait_for_event(fleet.database, search_id, "attempt_started", 2)
        for pid in stopped:
            os.kill(pid, SIGCONT)
        assert_ended_well(fleet.database, search_id, stepped)
        assert count_events(fleet.database, search_id)["attempt_lost"] >= 1
        again = fleet.queue_search(**STEPPED)
        assert_ended_well(fleet.database, again, stepped)


@pytest.mark.slow
@pytest.mark.both_databases
def test_in_the_middle_of_a_transaction(
    make_fleet: Fleets, stepped: SearchRecord, tmp_path: Path
) -> None:
    """It holds the job's row, or on SQLite the whole database, and must not do so for ever."""
    with make_fleet(0) as fleet:
        late = start_stalling_worker(fleet, tmp_path, Moment("commit", "before"), 5)
        search_id = fleet.queue_search(**STEPPED)
        wait_until_stalled(late)
        fleet.start_workers()
        if fleet.database.is_sqlite:
            wait_until(lambda: "database is locked" in fleet.workers[-1].log, "its waiting", 60)
            late.signal_children(SIGCONT)
            assert_ended_well(fleet.database, search_id, stepped)
            return
        wait_for_event(fleet.database, search_id, "attempt_started", 2)
        assert_ended_well(fleet.database, search_id, stepped)
        (child,) = late.children()
        os.kill(child, SIGCONT)
        wait_until(lambda: child not in late.children(), "the end of the late attempt", 60)
        assert_ended_well(fleet.database, search_id, stepped)
