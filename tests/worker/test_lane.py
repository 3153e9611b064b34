"""A check beside a job: the only worker trains, and data sets are checked nevertheless."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from store.database import Database
from store.datasets import queue_check
from store.states import JobState
from tests.support.attempts import WORKER_ID, make_settings
from tests.support.images import make_image_folder
from tests.support.jobs import (
    NEVER_ENDING,
    queue_search,
    state_of,
    take_from_its_worker,
    wait_for_event,
    wait_for_state,
)
from tests.support.processes import WorkerProcess, is_alive, lanes_of, quick_environment, running
from tests.support.servers import RedisServer, wait_until
from worker.lane import Lane

_LONG = 4_000
"""Files that take many seconds to check."""
_NO_LEASE_ENDS = {"PDARTS_LEASE_SECONDS": "90"}
"""However busy the machine is."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_image_folder(tmp_path / "data", "short")
    return tmp_path


@pytest.fixture
def lane(
    database: Database, broker: RedisServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Lane]:
    """The lane of a worker that is this process."""
    environment = quick_environment(home, url_of(database), broker.url) | _NO_LEASE_ENDS
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    lane = Lane(database, make_settings(home, recovery_seconds=0.1), WORKER_ID)
    yield lane
    lane.ask_to_stop()
    lane.wait_for_end()


@pytest.fixture
def long(home: Path) -> Path:
    """A class of the data set `long`, without which its check is short."""
    train = make_image_folder(home / "data", "long", classes={"cat": 3, "dog": 3, "owl": 0})
    first = train / "owl" / "0.png"
    Image.new("L", (300, 300)).save(first)
    for number in range(1, _LONG):
        os.link(first, train / "owl" / f"{number}.png")
    return train / "owl"


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def queue_check_of(database: Database, name: str) -> str:
    with database.write() as session:
        return queue_check(
            session, "local", name=name, dataset_id=None, digest=None, mark="now", max_attempts=3
        ).id


def process_beside(pid: int) -> psutil.Process:
    """Return the process that a worker runs beside its job."""
    (found,) = lanes_of(pid)
    return found


def children_that_ended() -> list[psutil.Process]:
    """Return those of this process that nobody has waited for."""
    children = psutil.Process().children()
    return [child for child in children if child.status() == psutil.STATUS_ZOMBIE]


@pytest.fixture
def worker(broker: RedisServer, database: Database, home: Path) -> Iterator[WorkerProcess]:
    worker = WorkerProcess(
        home, database_url=url_of(database), redis_url=broker.url, environment=_NO_LEASE_ENDS
    )
    with running(worker):
        yield worker


@pytest.mark.usefixtures("long")
def test_a_worker_that_trains_checks_as_well_and_gives_both_jobs_back_at_its_end(
    database: Database, worker: WorkerProcess
) -> None:
    search_id = queue_search(database, stages=NEVER_ENDING)
    wait_for_event(database, search_id, "epoch_finished")
    worker.signal_children(signal.SIGSTOP)  # what it would compute meanwhile is not the point
    check_id = queue_check_of(database, "long")
    wait_for_state(database, check_id, JobState.RUNNING)
    assert state_of(database, search_id) is JobState.RUNNING
    lane = process_beside(worker.pid)
    assert lane.nice() > psutil.Process(worker.pid).nice()
    worker.signal_children(signal.SIGCONT)
    assert worker.stop(signal.SIGTERM) == 0
    assert not is_alive(lane.pid)
    assert [state_of(database, job) for job in (search_id, check_id)] == [JobState.QUEUED] * 2


def test_a_check_whose_process_is_killed_is_taken_over(
    database: Database, lane: Lane, long: Path
) -> None:
    check_id = queue_check_of(database, "long")
    lane.look(is_busy=True, is_to_drain=False)
    wait_for_state(database, check_id, JobState.RUNNING)
    process_beside(os.getpid()).kill()
    wait_until(lambda: not lane.is_running, "the end of the process", 60)
    shutil.rmtree(long)
    take_from_its_worker(database, check_id)

    def is_started() -> bool:
        lane.look(is_busy=True, is_to_drain=False)
        return lane.is_running

    wait_until(is_started, "the next process")
    assert wait_for_state(database, check_id, JobState.SUCCEEDED).attempt == 2


def test_a_process_that_fails_is_told_and_not_started_again_at_once(
    database: Database,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    lane = Lane(database, make_settings(home, recovery_seconds=60), WORKER_ID)
    queue_check_of(database, "short")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    for _ in range(2):
        lane.look(is_busy=True, is_to_drain=False)
        wait_until(lambda: not lane.is_running, "the end of the process")
    lane.look(is_busy=True, is_to_drain=False)
    (warning,) = (line.message for line in caplog.records if line.levelname == "WARNING")
    assert "the check lane failed with code 1; the next one starts in 120 s" in warning
    assert children_that_ended() == []


def test_a_process_that_cannot_be_started_is_told(
    database: Database,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    lane = Lane(database, make_settings(home), WORKER_ID)
    queue_check_of(database, "short")
    monkeypatch.setattr(sys, "executable", "/no/such/program")
    lane.look(is_busy=True, is_to_drain=False)
    assert "the process of the check lane cannot be started" in caplog.text


@pytest.mark.slow
@pytest.mark.usefixtures("long")
def test_a_worker_that_is_killed_leaves_no_process_behind(
    database: Database, worker: WorkerProcess
) -> None:
    search_id = queue_search(database, stages=NEVER_ENDING)
    wait_for_event(database, search_id, "epoch_finished")
    check_id = queue_check_of(database, "long")
    wait_for_state(database, check_id, JobState.RUNNING)
    lane = process_beside(worker.pid)
    os.kill(worker.pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(lane.pid), "the end of the process")
    assert state_of(database, check_id) is JobState.QUEUED


@pytest.mark.slow  # at its end a worker stops its lane as well
@pytest.mark.usefixtures("long")
def test_a_worker_that_drains_gives_its_check_back(database: Database, lane: Lane) -> None:
    check_id = queue_check_of(database, "long")
    lane.look(is_busy=True, is_to_drain=False)
    wait_for_state(database, check_id, JobState.RUNNING)
    lane.look(is_busy=True, is_to_drain=True)
    wait_for_state(database, check_id, JobState.QUEUED)
    wait_until(lambda: not lane.is_running, "the end of the process", 60)


def test_a_worker_that_runs_nothing_needs_no_process_beside(database: Database, lane: Lane) -> None:
    queue_check_of(database, "short")
    lane.look(is_busy=False, is_to_drain=False)
    assert not lane.is_running


def test_a_search_waits_for_a_worker(database: Database, lane: Lane) -> None:
    queue_search(database)
    lane.look(is_busy=True, is_to_drain=False)
    assert not lane.is_running


def test_without_a_lane_a_check_waits_too(database: Database, home: Path) -> None:
    lane = Lane(database, make_settings(home, check_lane="off"), WORKER_ID)
    queue_check_of(database, "short")
    lane.look(is_busy=True, is_to_drain=False)
    assert not lane.is_running
