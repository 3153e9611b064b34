"""The moves that a job's owner and the recovery make; an attempt's own are in store.lease.

No function here commits: the scope that opened the session does. Each move locks the job's row
before it decides what to do, so a second click or a second recovery does no harm.
"""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from store.history import NewEvent, change_job, insert_event
from store.states import ErrorCode, EventLevel, JobState, Status
from store.tables import Job
from store.types import db_now
from store.wording import number_of

FIRST_RING_SECONDS = 5.0
"""How long the recovery waits for whoever queued the job to ring first."""
LONGEST_RING_SECONDS = 60.0
_BATCH = 100
_MOST_DOUBLINGS = 10


class UnknownJob(LookupError):
    """There is no job with this id."""


class IllegalMove(Exception):
    """The job's state does not allow this move."""

    def __init__(self, status: Status) -> None:
        super().__init__(f"the job is {status}")
        self.status = status


def status_of(job: Job) -> Status:
    """Return what clients are shown."""
    if job.state is JobState.RUNNING and job.cancel_requested_at is not None:
        return Status.CANCELLING
    if job.state is JobState.RUNNING and job.pause_requested_at is not None:
        return Status.PAUSING
    return Status(job.state.value)


def has_status(status: Status) -> ColumnElement[bool]:
    """Return the SQL condition for `status_of(job) == status`."""
    running = Job.state == JobState.RUNNING
    cancelling, pausing = Job.cancel_requested_at.is_not(None), Job.pause_requested_at.is_not(None)
    if status is Status.CANCELLING:
        return running & cancelling
    if status is Status.PAUSING:
        return running & pausing & ~cancelling
    if status is Status.RUNNING:
        return running & ~cancelling & ~pausing
    return Job.state == JobState(status.value)


def enqueue(session: Session, job: Job, event: NewEvent) -> None:
    """Insert a new job with its first event."""
    job.event_seq = 1
    job.dispatch_after = db_now(FIRST_RING_SECONDS)
    session.add(job)
    session.flush()
    insert_event(session, job.id, 1, event)


def hold(session: Session, job_id: str) -> None:
    """Keep others from changing the job until the commit; does nothing if there is none."""
    session.execute(select(Job.id).where(Job.id == job_id).with_for_update())


def request_cancel(session: Session, job_id: str) -> None:
    """Cancel the job: at once if nothing runs it, otherwise by asking its attempt to.

    Raises:
        UnknownJob: there is no such job.
        IllegalMove: it has ended.
    """
    hold(session, job_id)
    waiting = (JobState.QUEUED, JobState.PAUSED)
    event = NewEvent(type="cancelled", message="cancelled before a worker picked it up")
    if change_job(
        session, job_id, Job.state.in_(waiting), event=event, **ended(JobState.CANCELLED)
    ):
        return
    _wish(session, job_id, "cancel", Job.cancel_requested_at, Status.CANCELLING)


def request_pause(session: Session, job_id: str) -> None:
    """Pause the job: at once if it is queued, otherwise by asking its attempt to.

    Raises:
        UnknownJob: there is no such job.
        IllegalMove: it has ended, is paused, or is to be cancelled.
    """
    hold(session, job_id)
    event = NewEvent(type="paused", message="paused before a worker picked it up")
    queued = Job.state == JobState.QUEUED
    if change_job(session, job_id, queued, event=event, state=JobState.PAUSED):
        return
    _wish(session, job_id, "pause", Job.pause_requested_at, Status.PAUSING)


def resume(session: Session, job_id: str) -> None:
    """Queue a paused job again, or withdraw the request to pause a running one.

    Raises:
        UnknownJob: there is no such job.
        IllegalMove: it is not paused.
    """
    hold(session, job_id)
    event = NewEvent(type="resumed", message="queued again")
    paused = Job.state == JobState.PAUSED
    if change_job(session, job_id, paused, event=event, **queued_again()):
        return
    pausing = has_status(Status.PAUSING)
    event = NewEvent(type="resumed", message="resumed before it paused")
    if not change_job(session, job_id, pausing, event=event, pause_requested_at=None):
        raise IllegalMove(status_of(get_job(session, job_id)))


def retry(session: Session, job_id: str) -> None:
    """Queue a failed job again; it continues from its last checkpoint.

    Raises:
        UnknownJob: there is no such job.
        IllegalMove: it has not failed.
    """
    hold(session, job_id)
    event = NewEvent(type="retried", message="queued again after failing")
    failed = Job.state == JobState.FAILED
    values = queued_again() | {
        "attempts_without_progress": 0,
        "finished_at": None,
        "error_code": None,
        "error_message": None,
    }
    if not change_job(session, job_id, failed, event=event, **values):
        raise IllegalMove(status_of(get_job(session, job_id)))


def expire_leases(session: Session) -> list[str]:
    """Take jobs whose lease has expired away from their attempts; return the ids.

    Jobs that somebody else is changing right now are left for next time.
    """
    overdue = (Job.state == JobState.RUNNING) & (Job.lease_until < db_now())
    found = select(Job).where(overdue).order_by(Job.id).limit(_BATCH)
    jobs = session.scalars(found.with_for_update(of=Job, skip_locked=True)).all()
    for job in jobs:
        _end_lost_attempt(session, job)
    return [job.id for job in jobs]


def take_due_rings(session: Session) -> list[str]:
    """Return the queued jobs that are due a ring, and postpone their next one."""
    due = (Job.state == JobState.QUEUED) & (Job.dispatch_after <= db_now())
    order = (Job.priority.desc(), Job.id)
    jobs = session.scalars(select(Job).where(due).order_by(*order).limit(_BATCH)).all()
    return [
        job.id
        for job in jobs
        if change_job(
            session,
            job.id,
            due,
            visible=False,
            rings=Job.rings + 1,
            dispatch_after=db_now(
                doubled(FIRST_RING_SECONDS, job.rings, most=LONGEST_RING_SECONDS)
            ),
        )
    ]


def get_job(session: Session, job_id: str) -> Job:
    """Return the job as it is now.

    Raises:
        UnknownJob: there is no such job.
    """
    job = session.get(Job, job_id, populate_existing=True)
    if job is None:
        raise UnknownJob(job_id)
    return job


def without_lease() -> dict[str, Any]:
    """Return the columns of a job without an attempt or a pending request to cancel or pause."""
    return {
        "lease_owner": None,
        "lease_until": None,
        "cancel_requested_at": None,
        "pause_requested_at": None,
        "finish_expected_at": None,
    }


def queued_again() -> dict[str, Any]:
    """Return the columns of a job that waits for a worker and whose ring is due at once."""
    return without_lease() | without_wait() | {"state": JobState.QUEUED, "rings": 0}


def without_wait() -> dict[str, Any]:
    """Return the columns of a job that may be taken, and rung for, at once."""
    return {"not_before": None, "waits": 0, "dispatch_after": db_now()}


def doubled(seconds: float, times: int, *, most: float) -> float:
    """Return a time that was doubled so many times, but never grew beyond another one."""
    return min(seconds * 2.0 ** min(times, _MOST_DOUBLINGS), most)


def ended(state: JobState) -> dict[str, Any]:
    """Return the columns of a job that has ended."""
    return without_lease() | {"state": state, "finished_at": db_now()}


def failed_with(code: ErrorCode, message: str) -> dict[str, Any]:
    """Return the columns of a job that has failed."""
    return ended(JobState.FAILED) | {"error_code": code, "error_message": message}


def _wish(
    session: Session,
    job_id: str,
    verb: str,
    column: InstrumentedAttribute[Any],
    shown: Status,
) -> None:
    event = NewEvent(type=f"{verb}_requested", message=f"asked to {verb}")
    # A request to cancel is final.
    running = (Job.state == JobState.RUNNING) & Job.cancel_requested_at.is_(None)
    values: dict[str, Any] = {column.key: db_now()}
    if change_job(session, job_id, running, column.is_(None), event=event, **values):
        return
    status = status_of(get_job(session, job_id))
    if status is not shown:
        raise IllegalMove(status)


def _end_lost_attempt(session: Session, job: Job) -> None:
    """Move a job whose row the session has locked."""
    lost: dict[str, Any] = {"attempt": job.attempt, "worker": job.lease_owner}
    if job.cancel_requested_at is not None:
        event = NewEvent(type="cancelled", message="cancelled; its worker was lost", data=lost)
        values = ended(JobState.CANCELLED)
    elif job.attempts_without_progress >= job.max_attempts:
        died = number_of(job.attempts_without_progress, "attempt")
        message = (
            f"{died} in a row died before reaching a new checkpoint; see the worker's log, then "
            "retry"
        )
        code = ErrorCode.WORKER_LOST
        event = NewEvent(
            type="failed", message=message, level=EventLevel.ERROR, data=lost | {"code": code}
        )
        values = failed_with(code, message)
    elif job.pause_requested_at is not None:
        event = NewEvent(type="paused", message="paused; its worker was lost", data=lost)
        values = without_lease() | {"state": JobState.PAUSED}
    else:
        message = "its worker was lost; queued again"
        event = NewEvent(type="attempt_lost", message=message, level=EventLevel.WARNING, data=lost)
        values = queued_again()
    change_job(session, job.id, event=event, **values)
