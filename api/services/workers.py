"""The workers, and how much of them is free."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from api.http.errors import NotFound
from api.resources.security import Caller
from api.schemas.workers import CapacityBody, WorkerBody, worker_body
from api.services.next_start import estimate_next_start
from store.states import JobState
from store.tables import Job, Worker
from store.types import db_now
from store.waiting import next_in_line
from store.workers import is_alive


def list_workers(session: Session, caller: Caller, lease_seconds: float) -> Sequence[WorkerBody]:
    """Return the workers, the newest first."""
    return _see(session, caller, lease_seconds)


def find_worker(
    session: Session, caller: Caller, lease_seconds: float, worker_id: str
) -> WorkerBody:
    """Return a worker.

    Raises:
        NotFound: there is none with this id, or it has long been gone.
    """
    found = _see(session, caller, lease_seconds, Worker.id == worker_id)
    if not found:
        raise NotFound.named("worker", worker_id)
    return found[0]


def drain(session: Session, worker_id: str) -> None:
    """Make a worker return its job at its next step, and take no others. Raises NotFound."""
    _set_draining(session, worker_id, is_draining=True)


def undrain(session: Session, worker_id: str) -> None:
    """Let a worker take jobs again. Raises NotFound."""
    _set_draining(session, worker_id, is_draining=False)
    # The recovery rings for the first that waits, and whoever ends a job for the next.
    first = next_in_line(session, limit=1)
    session.execute(update(Job).where(Job.id.in_(first)).values(dispatch_after=db_now()))


def measure_capacity(session: Session, caller: Caller, lease_seconds: float) -> CapacityBody:
    """Count the living workers, and the jobs that wait for one."""
    alive = session.execute(
        select(Worker.job_id, Worker.draining).where(is_alive(lease_seconds))
    ).all()
    queued = select(func.count()).select_from(Job).where(Job.state == JobState.QUEUED)
    return CapacityBody(
        workers=len(alive),
        busy=sum(worker.job_id is not None for worker in alive),
        idle=sum(worker.job_id is None and not worker.draining for worker in alive),
        queued=session.scalar(queued) or 0,
        next_start_at=estimate_next_start(session, caller, lease_seconds),
    )


def _set_draining(session: Session, worker_id: str, *, is_draining: bool) -> None:
    row = update(Worker).where(Worker.id == worker_id).values(draining=is_draining)
    if session.scalar(row.returning(Worker.id)) is None:
        raise NotFound.named("worker", worker_id)


def _see(
    session: Session, caller: Caller, lease_seconds: float, *conditions: ColumnElement[bool]
) -> list[WorkerBody]:
    rows = session.execute(
        select(Worker, is_alive(lease_seconds), Job.owner)
        .outerjoin(Job, Job.id == Worker.job_id)
        .where(*conditions)
        .order_by(Worker.started_at.desc(), Worker.id)
        .execution_options(populate_existing=True)
    )
    return [
        worker_body(
            worker,
            alive=bool(alive),
            own_job=worker.job_id if owner == caller.owner else None,
        )
        for worker, alive, owner in rows
    ]
