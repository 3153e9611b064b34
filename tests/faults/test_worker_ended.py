"""A worker's processes are killed, or told to go, while a search runs."""

import os
from signal import SIGKILL, SIGQUIT, SIGTERM

import pytest
from sqlalchemy import select

from store.states import JobState
from store.tables import Worker
from tests.faults.conftest import EITHER_KIND, Fleets, Subject
from tests.support.jobs import (
    NEVER_ENDING,
    SearchRecord,
    event_types,
    job_of,
    wait_for_event,
    wait_for_state,
)
from tests.support.outcomes import STEPPED, assert_ended_well, count_events


class TestKilled:
    """Nothing is written any more: the lease runs out, and the search goes on elsewhere."""

    def test_child(self, make_fleet: Fleets, short: SearchRecord) -> None:
        with make_fleet(1) as fleet:
            search_id, worker = fleet.run_search()
            worker.signal_children(SIGKILL)
            assert_ended_well(fleet.database, search_id, short)
            assert count_events(fleet.database, search_id)["attempt_lost"] >= 1

    @pytest.mark.slow
    def test_main_process(self, make_fleet: Fleets, short: SearchRecord) -> None:
        with make_fleet(2) as fleet:
            search_id, worker = fleet.run_search()
            worker.kill()
            assert_ended_well(fleet.database, search_id, short)
            assert count_events(fleet.database, search_id)["attempt_lost"] >= 1

    def test_whole_worker(self, make_fleet: Fleets, short: SearchRecord) -> None:
        with make_fleet(2) as fleet:
            search_id, worker = fleet.run_search()
            for pid in [*worker.children(), worker.pid]:
                os.kill(pid, SIGKILL)
            assert_ended_well(fleet.database, search_id, short)
            assert count_events(fleet.database, search_id)["attempt_lost"] >= 1


class TestToldToGo:
    """The attempt is given back at its next step: nothing is done twice, none waits for a lease."""

    def test_by_sigterm(self, make_fleet: Fleets, stepped: SearchRecord) -> None:
        with make_fleet(2) as fleet:
            search_id, worker = fleet.run_search(**STEPPED)
            assert worker.stop(SIGTERM) == 0
            assert_ended_well(fleet.database, search_id, stepped)
            assert count_events(fleet.database, search_id)["released"] >= 1

    @pytest.mark.slow
    def test_by_sigterm_to_the_child(self, make_fleet: Fleets, stepped: SearchRecord) -> None:
        with make_fleet(1) as fleet:
            search_id, worker = fleet.run_search(**STEPPED)
            worker.signal_children(SIGTERM)
            assert_ended_well(fleet.database, search_id, stepped)
            assert count_events(fleet.database, search_id)["released"] >= 1

    @pytest.mark.slow
    def test_at_once_by_sigquit(self, make_fleet: Fleets, short: SearchRecord) -> None:
        with make_fleet(2) as fleet:
            search_id, worker = fleet.run_search()
            worker.stop(SIGQUIT)
            assert_ended_well(fleet.database, search_id, short)

    @pytest.mark.slow  # tests/store holds it of the row
    def test_release_does_not_count_as_a_lost_attempt(self, make_fleet: Fleets) -> None:
        with make_fleet(1) as fleet:
            search_id, worker = fleet.run_search(stages=NEVER_ENDING)
            assert worker.stop(SIGTERM) == 0
            job = job_of(fleet.database, search_id)
            assert (job.state, job.attempts_without_progress) == (JobState.QUEUED, 0)
            assert event_types(fleet.database, search_id)[-1] == "released"
            with fleet.database.read() as session:
                assert session.scalars(select(Worker)).all() == []


@EITHER_KIND
@pytest.mark.parametrize("attempts", [3])
def test_job_that_always_dies_is_given_up(
    make_fleet: Fleets, subject: Subject, attempts: int
) -> None:
    with make_fleet(1) as fleet:
        job_id = subject.queue(
            fleet.database, max_attempts=attempts, max_images=None, image_size=32
        )
        for attempt in range(1, attempts + 1):
            wait_for_event(fleet.database, job_id, "dataset_ready", attempt)
            fleet.worker_of(job_id).signal_children(SIGKILL)
        job = wait_for_state(fleet.database, job_id, JobState.FAILED)
        assert (job.attempt, job.error_code) == (attempts, "worker_lost")
