"""A worker's turn: it claims the first waiting job, and runs it to an end."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass

from celery import Celery

from store.artifact_stores import open_artifacts
from store.artifacts import ArtifactStore
from store.database import Database
from store.news import NewsPublisher
from store.queue import Doorbell
from store.settings import Settings
from store.waiting import next_in_line
from worker.attempt import Attempt
from worker.claims import ClaimedJob, claim_next
from worker.draining import DrainFlag, sigterm_event
from worker.work import WorkerKind


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Runs jobs in this process, one after the other.

    Args:
        database: where jobs are.
        artifacts: where checkpoints are.
        doorbell: wakes workers when a job is left waiting.
        settings: how leases are kept, and where images are.
        worker_id: whose attempts these are.
        drain: tells whether this worker is to end.
        kinds: those that it runs, by their names.
        has_cuda: whether it can run jobs that ask for CUDA.
        devices: how many it offers to one job.
    """

    database: Database
    artifacts: ArtifactStore
    doorbell: Doorbell
    settings: Settings
    worker_id: str
    drain: DrainFlag
    kinds: Mapping[str, WorkerKind]
    has_cuda: bool
    devices: int

    def run_next(self) -> bool:
        """Claim the first waiting job and run it to an end; False if none is waiting."""
        if self.drain.is_set():
            return False
        with sigterm_event() as terminated:
            claimed = self._claim()
            if claimed is None:
                return False
            Attempt(
                claimed,
                kind=self.kinds[claimed.kind],
                database=self.database,
                artifacts=self.artifacts,
                settings=self.settings,
                must_leave=lambda: terminated.is_set() or self.drain.is_set(),
            ).run()
        self._ring_for_next()
        return True

    def _claim(self) -> ClaimedJob | None:
        with self.database.write() as session:
            return claim_next(
                session,
                worker_id=self.worker_id,
                lease_seconds=self.settings.lease_seconds,
                has_cuda=self.has_cuda,
                devices=self.devices,
                kinds=self.kinds.keys(),
            )

    def _ring_for_next(self) -> None:
        with self.database.read() as session:
            waiting = next_in_line(session, limit=1)
        for job_id in waiting:
            # Not part of this job's trace.
            Context().run(self.doorbell.ring, job_id)


@contextmanager
def opened_runner(
    settings: Settings,
    celery: Celery,
    *,
    worker_id: str,
    drain: DrainFlag,
    kinds: Mapping[str, WorkerKind],
    has_cuda: bool,
    devices: int,
) -> Iterator[Runner]:
    """Yield a runner with a database of its own, whose changes are told to those who wait."""
    news = NewsPublisher(settings.redis_url)
    news.start()
    database = Database(settings.database_url, on_change=news.tell)
    try:
        yield Runner(
            database=database,
            artifacts=open_artifacts(settings.artifacts_url),
            doorbell=Doorbell(celery),
            settings=settings,
            worker_id=worker_id,
            drain=drain,
            kinds=kinds,
            has_cuda=has_cuda,
            devices=devices,
        )
    finally:
        database.close()
        news.stop()
