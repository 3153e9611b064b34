"""Workers on one database and one broker, to be killed, stopped and joined by others."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from store.database import Database
from store.queue import Doorbell, create_celery
from store.tables import Job, Worker
from store.types import db_now
from tests.support.jobs import job_of, queue_search, wait_for_event
from tests.support.outcomes import SHORT
from tests.support.processes import WorkerProcess
from tests.support.servers import RedisServer, wait_until

_TRIES = 5


@dataclass
class Fleet:
    """Any number of workers and what they share."""

    folder: Path
    database: Database
    database_url: str
    redis: RedisServer
    workers: list[WorkerProcess] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def start_workers(
        self, count: int = 1, /, *, first: tuple[str, ...] = (), **environment: str
    ) -> list[WorkerProcess]:
        """Start workers and wait until they listen."""
        started = [
            WorkerProcess(
                self.folder,
                database_url=self.database_url,
                redis_url=self.redis.url,
                environment=environment,
                first=first,
                name=f"worker-{next(self._numbers)}",
            )
            for _ in range(count)
        ]
        self.workers += started
        for worker in started:
            worker.start()
        for worker in started:
            worker.wait_until_ready()
        return started

    def run_search(self, *, epochs: int = 1, **changes: Any) -> tuple[str, WorkerProcess]:
        """Queue a search; return it and the worker that runs it, after so many epochs.

        On a busy machine a short one can end before anyone looks; then another one is run.
        """
        for _ in range(_TRIES):
            search_id = self.queue_search(**changes)
            wait_for_event(self.database, search_id, "epoch_finished", epochs)
            holder = job_of(self.database, search_id).lease_owner
            if holder is not None:
                return search_id, self._worker(holder)
        raise AssertionError(f"{_TRIES} searches ended before anyone looked")

    def queue_search(self, *, max_attempts: int = 20, **changes: object) -> str:
        """Queue a short search; a busy machine does not make it fail."""
        return queue_search(self.database, max_attempts=max_attempts, **SHORT | changes)

    def ring(self, search_id: str) -> None:
        """Send the message that the recovery would send."""
        assert Doorbell(create_celery(self.redis.url)).ring(search_id)

    def wait_until_lease_is_over(self, search_id: str) -> None:
        overdue = select(Job.lease_until < db_now()).where(Job.id == search_id)

        def is_over() -> bool:
            with self.database.read() as session:
                return bool(session.scalar(overdue))

        wait_until(is_over, "the end of the lease", 60)

    def worker_of(self, search_id: str) -> WorkerProcess:
        """Return the worker that holds the search's lease."""
        holder = job_of(self.database, search_id).lease_owner
        assert holder is not None, f"nobody runs {search_id}"
        return self._worker(holder)

    def _worker(self, worker_id: str) -> WorkerProcess:
        with self.database.read() as session:
            pid = session.get_one(Worker, worker_id).pid
        (found,) = (worker for worker in self.workers if worker.process and worker.pid == pid)
        return found

    def kill(self) -> None:
        for worker in self.workers:
            worker.kill()


@contextmanager
def fleet(folder: Path, database_url: str, *, workers: int) -> Iterator[Fleet]:
    """Start workers with a broker of their own; leave nothing of them behind."""
    redis = RedisServer(folder)
    redis.start()
    database = Database(database_url)
    running = Fleet(folder, database, database_url, redis)
    try:
        running.start_workers(workers)
        yield running
    finally:
        running.kill()
        database.close()
        redis.stop()
