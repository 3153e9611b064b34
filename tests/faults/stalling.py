"""Workers whose job stands still at a moment."""

from pathlib import Path

from tests.support import failpoints
from tests.support.failpoints import Failpoint, Moment
from tests.support.fleet import Fleet
from tests.support.processes import WorkerProcess, stands_still
from tests.support.servers import wait_until

CHECKPOINT = Moment("rename", "before")


def start_stalling_worker(
    fleet: Fleet, marks: Path, moment: Moment, number: int, **environment: str
) -> WorkerProcess:
    """Start a worker whose job stands still at a moment, the first time that it comes there."""
    stall = Failpoint(
        *moment, number, act="stop", where="forked process", once=marks / f"{moment}-{number}"
    )
    (worker,) = fleet.start_workers(first=(failpoints.MODULE,), **stall.environment, **environment)
    return worker


def wait_until_stalled(worker: WorkerProcess) -> None:
    wait_until(lambda: any(map(stands_still, worker.children())), "the stall", 60)
