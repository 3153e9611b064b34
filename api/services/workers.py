"""The workers, and how much of them is free."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.security import Caller
from store.states import JobState
from store.tables import Job, Worker
from store.workers import is_alive


@dataclass(frozen=True, kw_only=True)
class SeenWorker:
    """A worker as one caller may see it."""

    worker: Worker
    alive: bool
    own_search: str | None
    """The search that it runs, if that is the caller's."""


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """How much of the service is free."""

    workers: int
    busy: int
    idle: int
    queued: int


def list_workers(session: Session, caller: Caller, lease_seconds: float) -> Sequence[SeenWorker]:
    """Return the workers, the newest first."""
    rows = session.execute(
        select(Worker, is_alive(lease_seconds), Job.owner)
        .outerjoin(Job, Job.id == Worker.job_id)
        .order_by(Worker.started_at.desc(), Worker.id)
    )
    return [
        SeenWorker(
            worker=worker,
            alive=bool(alive),
            own_search=worker.job_id if owner == caller.owner else None,
        )
        for worker, alive, owner in rows
    ]


def measure_capacity(session: Session, lease_seconds: float) -> Capacity:
    """Count the workers that are alive, and the searches that wait for one."""
    alive = session.execute(
        select(Worker.job_id, Worker.draining).where(is_alive(lease_seconds))
    ).all()
    queued = select(func.count()).select_from(Job).where(Job.state == JobState.QUEUED)
    return Capacity(
        workers=len(alive),
        busy=sum(worker.job_id is not None for worker in alive),
        idle=sum(worker.job_id is None and not worker.draining for worker in alive),
        queued=session.scalar(queued) or 0,
    )
