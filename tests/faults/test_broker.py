"""The broker is killed, emptied, hangs, is full, or says what nobody understands."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import pytest

from store.queue import create_celery
from store.states import JobState
from tests.faults.conftest import EITHER_KIND, Fleets, Subject
from tests.faults.stalling import CHECKPOINT, start_stalling_worker, wait_until_stalled
from tests.support.api_process import ApiProcess, api_process
from tests.support.fleet import Fleet
from tests.support.jobs import (
    NEVER_ENDING,
    SearchRecord,
    job_of,
    make_spec,
    wait_for_state,
)
from tests.support.outcomes import SHORT, assert_ended_well
from tests.support.servers import RedisServer, wait_until


class TestKilledAndStartedAgain:
    @pytest.mark.slow
    @EITHER_KIND
    def test_what_runs_goes_on_and_what_waits_runs_when_it_is_back(
        self, make_fleet: Fleets, subject: Subject, tmp_path: Path
    ) -> None:
        with make_fleet(0) as fleet:
            worker = start_stalling_worker(
                fleet, tmp_path, CHECKPOINT, 1, PDARTS_LEASE_SECONDS="60"
            )
            running = subject.queue(fleet.database)
            wait_until_stalled(worker)
            fleet.redis.stop()
            worker.signal_children(SIGCONT)
            waiting = subject.queue(fleet.database)
            subject.assert_ended_well(fleet.database, running)
            assert job_of(fleet.database, running).attempt == 1
            assert job_of(fleet.database, waiting).state is JobState.QUEUED
            fleet.redis.start()
            subject.assert_ended_well(fleet.database, waiting)


class TestEmptied:
    def test_a_message_that_nobody_heard_is_sent_again(
        self, make_fleet: Fleets, short: SearchRecord
    ) -> None:
        with make_fleet(0) as fleet:
            search_id = fleet.queue_search()
            fleet.ring(search_id)
            with fleet.redis.client() as client:
                client.flushall()
            fleet.start_workers()
            assert_ended_well(fleet.database, search_id, short)

    def test_workers_that_listen_still_hear(self, make_fleet: Fleets, short: SearchRecord) -> None:
        with make_fleet(1) as fleet:
            running, _ = fleet.run_search()
            waiting = fleet.queue_search()
            with fleet.redis.client() as client:
                client.flushall()
            for search_id in (running, waiting):
                assert_ended_well(fleet.database, search_id, short)


@contextmanager
def stopped(redis: RedisServer) -> Iterator[None]:
    redis.signal(SIGSTOP)
    try:
        yield
    finally:
        redis.signal(SIGCONT)


class TestHalfOpen:
    """It takes connections and says nothing."""

    @pytest.mark.slow
    def test_searches_are_taken_in_meanwhile_and_run_when_it_answers(
        self, make_fleet: Fleets, short: SearchRecord
    ) -> None:
        with (
            make_fleet(1) as fleet,
            api_process(fleet.folder, fleet.database_url, fleet.redis.url) as api,
        ):
            api.start()
            running, _ = fleet.run_search()
            with stopped(fleet.redis):
                waiting = [submit_short(api) for _ in range(5)]
                assert {state(fleet, search_id) for search_id in waiting} == {JobState.QUEUED}
                assert_ended_well(fleet.database, running, short)
            for search_id in waiting:
                assert_ended_well(fleet.database, search_id, short)

    def test_requests_do_not_ask_it(self, make_fleet: Fleets) -> None:
        """It never answers in this test: no request could end that waits for it."""
        with make_fleet(0) as fleet, closing(socket.create_server(("127.0.0.1", 0))) as silent:
            url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
            with api_process(fleet.folder, fleet.database_url, url) as api:
                api.start()
                search_id = submit_short(api)
                for move in ("pause", "resume", "cancel"):
                    answer = api.client.post(f"/searches/{search_id}/{move}")
                    assert answer.status_code == 202, answer.text


def submit_short(api: ApiProcess) -> str:
    answer = api.client.post("/searches", json=make_spec(**SHORT))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def state(fleet: Fleet, search_id: str) -> JobState:
    return job_of(fleet.database, search_id).state


@pytest.mark.slow
def test_full(make_fleet: Fleets, short: SearchRecord) -> None:
    """No message is taken; requests are, and searches run when there is room again."""
    with (
        make_fleet(1) as fleet,
        api_process(fleet.folder, fleet.database_url, fleet.redis.url) as api,
    ):
        api.start()
        with fleet.redis.client() as client:
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", "1")
            waiting = [submit_short(api) for _ in range(2)]
            wait_until(lambda: "did not accept a message" in api.log, "a refused message", 60)
            assert {state(fleet, search_id) for search_id in waiting} == {JobState.QUEUED}
            client.config_set("maxmemory", "0")
        for search_id in waiting:
            assert_ended_well(fleet.database, search_id, short)


@pytest.mark.slow
def test_same_message_fifty_times(make_fleet: Fleets, short: SearchRecord) -> None:
    with make_fleet(2) as fleet:
        search_id = fleet.queue_search()
        for _ in range(50):
            fleet.ring(search_id)
        assert_ended_well(fleet.database, search_id, short)
        assert_ended_well(fleet.database, fleet.queue_search(), short)
        assert_ended_well(fleet.database, search_id, short)
        assert job_of(fleet.database, search_id).attempt == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_unknown_task_names_and_noise_end_no_worker(
    make_fleet: Fleets, short: SearchRecord
) -> None:
    with make_fleet(1) as fleet:
        (worker,) = fleet.workers
        celery = create_celery(fleet.redis.url)
        celery.send_task("pdarts.unknown", kwargs={"job_id": "srch_none"})
        celery.send_task("pdarts.run_job", kwargs={"nothing": "that it takes"})
        search_id = fleet.queue_search()
        assert_ended_well(fleet.database, search_id, short)
        assert worker.process is not None
        assert worker.process.poll() is None
        assert "pdarts.unknown" in worker.log


def test_none_at_all_costs_no_running_search_its_cancel(make_fleet: Fleets) -> None:
    """What a running search's owner wants goes through the database alone."""
    with (
        make_fleet(1) as fleet,
        api_process(fleet.folder, fleet.database_url, fleet.redis.url) as api,
    ):
        api.start()
        search_id, _ = fleet.run_search(stages=NEVER_ENDING)
        fleet.redis.stop()
        assert api.client.post(f"/searches/{search_id}/cancel").status_code == 202
        wait_for_state(fleet.database, search_id, JobState.CANCELLED)
