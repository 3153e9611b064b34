"""Four workers, their broker and their database: what the faults hit, and how it comes back."""

import heapq
import itertools
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals

from sqlalchemy import select

from store.database import Database
from store.states import JobState
from store.tables import Job, Worker
from tests.soak import refusals
from tests.soak.work import make_folders
from tests.support.processes import WorkerProcess
from tests.support.servers import PostgresServer, RedisServer

WORKERS = 4
LEASE_SECONDS = 3.0
_LANE_STARTED = "running it in the check lane"
"""In the log of a worker."""


@dataclass(frozen=True)
class Running:
    """A job that runs, and the worker that runs it."""

    job_id: str
    checkpoint_key: str | None
    worker: WorkerProcess


@dataclass
class Crew:
    """Starts workers in the place of those that end, and does later what a fault puts off."""

    folder: Path
    database: Database
    database_url: str
    redis: RedisServer
    postgres: PostgresServer | None
    workers: list[WorkerProcess] = field(default_factory=list)
    _frozen: set[int] = field(default_factory=set)
    _put_off: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def notes(self) -> Path:
        """Of the writes that were refused."""
        return self.folder / "refusals"

    def keep_up(self) -> None:
        """Do what is due, and start a worker for each that has ended."""
        while self._put_off and self._put_off[0][0] <= time.monotonic():
            heapq.heappop(self._put_off)[2]()
        for worker in list(self.workers):
            if worker.process is None or worker.process.poll() is not None:
                self.workers.remove(worker)
        while len(self.workers) < WORKERS:
            self._start_worker()

    def running(self) -> list[Running]:
        """Return the jobs that run on workers that are not frozen."""
        holders = (
            select(Job.id, Job.checkpoint_key, Worker.pid)
            .join(Worker, Worker.id == Job.lease_owner)
            .where(Job.state == JobState.RUNNING)
        )
        awake = {w.pid: w for w in self.workers if w.process and w.pid not in self._frozen}
        with self.database.read() as session:
            rows = session.execute(holders).all()
        return [Running(job_id, key, awake[pid]) for job_id, key, pid in rows if pid in awake]

    def freeze(self, worker: WorkerProcess, *, whole: bool, seconds: float) -> None:
        """Stop a worker's children, and its main process if so wanted, and continue them later."""
        main, children = worker.pid, worker.children()
        stopped = [main, *children] if whole else children
        self._frozen.add(main)
        _signal_all(stopped, Signals.SIGSTOP)

        def thaw() -> None:
            self._frozen.discard(main)
            _signal_all(stopped, Signals.SIGCONT)

        self._do_later(seconds, thaw)

    def freeze_lane(self, worker: WorkerProcess, *, seconds: float) -> None:
        """Stop the process of a check beside a worker's job, and continue it later."""
        lane = worker.lane()
        _signal_all(lane, Signals.SIGSTOP)
        self._do_later(seconds, lambda: _signal_all(lane, Signals.SIGCONT))

    def lanes(self) -> int:
        """Return how many processes the workers have started for checks beside their jobs."""
        logs = self.folder.glob("worker-*.log")
        return sum(log.read_text(errors="replace").count(_LANE_STARTED) for log in logs)

    def end(self) -> None:
        """Leave no process behind."""
        while self._put_off:
            heapq.heappop(self._put_off)[2]()
        for worker in self.workers:
            worker.kill()

    def _do_later(self, seconds: float, act: Callable[[], None]) -> None:
        due = time.monotonic() + seconds
        heapq.heappush(self._put_off, (due, next(self._numbers), act))

    def _start_worker(self) -> None:
        own = {"PDARTS_LEASE_SECONDS": f"{LEASE_SECONDS:g}"}
        worker = WorkerProcess(
            self.folder,
            database_url=self.database_url,
            redis_url=self.redis.url,
            environment=own | refusals.environment(self.notes),
            first=(refusals.MODULE,),
            name=f"worker-{next(self._numbers)}",
        )
        worker.start()
        self.workers.append(worker)


@contextmanager
def crew(folder: Path, database_url: str, postgres: PostgresServer | None) -> Iterator[Crew]:
    """Start the workers with a broker of their own; leave nothing of them behind."""
    redis = RedisServer(folder)
    redis.start()
    database = Database(database_url, pooled=False)
    make_folders(folder)
    working = Crew(folder, database, database_url, redis, postgres)
    try:
        working.keep_up()
        yield working
    finally:
        working.end()
        redis.stop()


def _signal_all(pids: list[int], number: Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
