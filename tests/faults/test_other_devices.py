"""A job of two devices, in a real worker, whose other process ends, hangs or lacks memory."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from signal import SIGKILL, SIGSTOP, Signals

import psutil
import pytest

from store.database import Database
from store.states import JobState
from tests.faults.conftest import EITHER_KIND, Fleets, Subject
from tests.support.fleet import Fleet
from tests.support.jobs import events_of, wait_for_state
from tests.support.outcomes import (
    PATIENCE_SECONDS,
    Record,
    assert_ended_well,
    count_events,
)
from tests.support.processes import WorkerProcess
from tests.support.servers import wait_until
from worker import rank_process

SEED = 17
LATEST_SECONDS = 4.0
"""After its start, the other process is hit; by then, the job is half done."""
STEP_SECONDS = 60.0
"""More than a busy machine takes to start another process."""
AT_START = Path(__file__).parents[1] / "support" / "at_start"


def other_processes(worker: WorkerProcess) -> list[psutil.Process]:
    return [
        process
        for process in psutil.Process(worker.pid).children(recursive=True)
        if rank_process.__name__ in _words_of(process)
    ]


def _words_of(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:  # it has just ended
        return []


def undisturbed(fleet: Fleet, subject: Subject) -> Record:
    """What the job leaves with two devices; with one, sums are rounded differently."""
    job_id = subject.queue(fleet.database, device_count=2)
    wait_for_state(fleet.database, job_id, JobState.SUCCEEDED, seconds=PATIENCE_SECONDS)
    assert "attempt_lost" not in count_events(fleet.database, job_id)
    return subject.target.record(fleet.database, job_id)


def hit(
    worker: WorkerProcess, signal: Signals, *, seconds: float, is_over: Callable[[], bool]
) -> bool:
    """Send a signal to the next other process, so long after its start; tell whether it was hit."""
    wait_until(lambda: bool(other_processes(worker)) or is_over(), "the other process", 60)
    time.sleep(seconds)
    others = other_processes(worker)
    for process in others:
        process.send_signal(signal)
    wait_until(lambda: not any(other.is_running() for other in others), "its end", 120)
    return bool(others)


def disturbed(worker: WorkerProcess, fleet: Fleet, subject: Subject, *signals: Signals) -> None:
    """Run the job while its other process is hit once by each signal, at times chosen at random."""
    chance = random.Random(SEED)
    expected = undisturbed(fleet, subject)
    job_id = subject.queue(fleet.database, device_count=2)

    def is_over() -> bool:
        return count_events(fleet.database, job_id)["succeeded"] > 0

    hits = [
        hit(worker, signal, seconds=chance.uniform(0, LATEST_SECONDS), is_over=is_over)
        for signal in signals
    ]
    assert_ended_well(fleet.database, job_id, expected)
    lost = count_events(fleet.database, job_id)["attempt_lost"]
    # What hits the job at its very end may cost no attempt.
    assert 0 < lost <= sum(hits), reasons(fleet.database, job_id)


@pytest.mark.slow
@EITHER_KIND
def test_one_that_is_killed_costs_an_attempt_and_no_result(
    make_fleet: Fleets, subject: Subject
) -> None:
    with make_fleet(0) as fleet:
        (worker,) = fleet.start_workers(PDARTS_GPUS_PER_WORKER="2")
        disturbed(worker, fleet, subject, SIGKILL, SIGKILL, SIGKILL)


@pytest.mark.slow
@EITHER_KIND
def test_one_that_hangs_is_taken_for_lost(make_fleet: Fleets, subject: Subject) -> None:
    """After half a step's time; or the whole of it, if it hangs before it is ready."""
    with make_fleet(0) as fleet:
        (worker,) = fleet.start_workers(
            PDARTS_GPUS_PER_WORKER="2", PDARTS_STEP_TIMEOUT_SECONDS=str(STEP_SECONDS)
        )
        disturbed(worker, fleet, subject, SIGSTOP)


@pytest.mark.slow
@EITHER_KIND
def test_where_it_lacks_memory_all_go_on_in_smaller_parts(
    make_fleet: Fleets, subject: Subject, tmp_path: Path
) -> None:
    mark = tmp_path / "ran out"
    with make_fleet(0) as fleet:
        fleet.start_workers(
            PDARTS_GPUS_PER_WORKER="2",
            PYTHONPATH=str(AT_START),
            TEST_OUT_OF_MEMORY_ONCE=str(mark),
            TEST_OUT_OF_MEMORY_AT="40",
        )
        job_id = subject.queue(fleet.database, device_count=2)
        wait_for_state(fleet.database, job_id, JobState.SUCCEEDED, seconds=PATIENCE_SECONDS)
        told = count_events(fleet.database, job_id)
        assert mark.exists()
        assert (told["batch_halved"], told["attempt_lost"]) == (1, 0), reasons(
            fleet.database, job_id
        )


def reasons(database: Database, job_id: str) -> str:
    return "\n".join(f"{event.type}: {event.message}" for event in events_of(database, job_id))
