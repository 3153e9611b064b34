"""What an attempt may do with its job while it holds the lease.

Every write is guarded by the fencing token. No function here commits. An attempt whose guard
fails has lost the job: to another worker, or to a cancel that came first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from store.history import NewEvent, change_job
from store.lifecycle import doubled, ended, failed_with, queued_again, without_lease
from store.states import ErrorCode, EventLevel, JobState
from store.tables import Job
from store.types import db_now

LONGEST_WAIT_SECONDS = 900.0
"""Of a job that was given back again and again."""


class LeaseLost(Exception):
    """Another attempt holds the job, or it has ended: stop and write nothing more."""


@dataclass(frozen=True, kw_only=True)
class Lease:
    """An attempt's right to write."""

    job_id: str
    token: int
    attempt: int
    worker_id: str


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the job's owner wants a running attempt to do."""

    cancel: bool
    pause: bool


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a job has got."""

    fraction: float
    place: Mapping[str, Any]
    """The place, as its kind counts it: a search's stage, epoch and phase."""
    remaining_seconds: float | None


@dataclass(frozen=True, kw_only=True)
class CheckpointPointer:
    """Where a checkpoint is stored. `step` only grows over a job's life."""

    key: str
    step: int
    sha256: str


def claim(session: Session, job_id: str, *, worker_id: str, lease_seconds: float) -> Lease | None:
    """Take a queued job; None if it is no longer free. Only one of many callers succeeds."""
    job = change_job(
        session,
        job_id,
        Job.state == JobState.QUEUED,
        event=NewEvent(
            type="attempt_started", message="picked up by a worker", data={"worker": worker_id}
        ),
        state=JobState.RUNNING,
        lease_token=Job.lease_token + 1,
        lease_owner=worker_id,
        lease_until=db_now(lease_seconds),
        attempt=Job.attempt + 1,
        attempts_without_progress=Job.attempts_without_progress + 1,
        started_at=func.coalesce(Job.started_at, db_now()),
    )
    if job is None:
        return None
    return Lease(job_id=job_id, token=job.lease_token, attempt=job.attempt, worker_id=worker_id)


def beat(session: Session, lease: Lease, *, lease_seconds: float) -> None:
    """Renew the lease.

    Raises:
        LeaseLost: the attempt must stop.
    """
    _change(session, lease, visible=False, lease_until=db_now(lease_seconds))


def read_wishes(session: Session, lease: Lease) -> Wishes:
    """Ask whether the job is to be cancelled or paused.

    Raises:
        LeaseLost: the attempt must stop.
    """
    row = session.execute(
        select(Job.cancel_requested_at, Job.pause_requested_at).where(
            Job.id == lease.job_id, *_held(lease)
        )
    ).one_or_none()
    if row is None:
        raise LeaseLost(lease.job_id)
    return Wishes(cancel=row[0] is not None, pause=row[1] is not None)


def record(
    session: Session,
    lease: Lease,
    *,
    event: NewEvent | None = None,
    progress: Progress | None = None,
) -> None:
    """Write an event or the progress; rows added in the same transaction are guarded with it.

    Raises:
        LeaseLost: the attempt must stop, and its transaction must not be committed.
    """
    _change(session, lease, event=event, **({} if progress is None else _progress(progress)))


def record_checkpoint(
    session: Session, lease: Lease, pointer: CheckpointPointer, *, is_progress: bool = True
) -> None:
    """Point to a new checkpoint; if it is progress, reset the count of attempts without any.

    Raises:
        LeaseLost: the attempt must stop, and its transaction must not be committed.
    """
    count: dict[str, Any] = {"attempts_without_progress": 0, "waits": 0} if is_progress else {}
    _change(
        session,
        lease,
        visible=False,
        checkpoint_key=pointer.key,
        checkpoint_step=pointer.step,
        checkpoint_sha256=pointer.sha256,
        **count,
    )


def succeed(session: Session, lease: Lease, event: NewEvent) -> None:
    """End the job with its result. Raises LeaseLost."""
    _change(session, lease, event=event, progress_fraction=1.0, **ended(JobState.SUCCEEDED))


def fail(session: Session, lease: Lease, code: ErrorCode, message: str, *, trace: str = "") -> None:
    """End the job with an error. Raises LeaseLost."""
    event = NewEvent(
        type="failed", message=message, level=EventLevel.ERROR, data={"code": code, "trace": trace}
    )
    _change(session, lease, event=event, **failed_with(code, message))


def cancel(session: Session, lease: Lease) -> None:
    """Cancel the job as its owner asked. Raises LeaseLost."""
    event = NewEvent(type="cancelled", message="cancelled while running")
    _change(session, lease, event=event, **ended(JobState.CANCELLED))


def pause(session: Session, lease: Lease) -> None:
    """Pause the job as its owner asked. Raises LeaseLost."""
    event = NewEvent(type="paused", message="paused while running")
    _change(session, lease, event=event, **_given_up_freely(), state=JobState.PAUSED)


def release(session: Session, lease: Lease, reason: str, *, wait_seconds: float = 0.0) -> None:
    """Return the job to the queue, as a stopping worker does.

    Args:
        session: that writes.
        lease: of the attempt.
        reason: for the job's history.
        wait_seconds: before a worker may take it again. Each further wait in a row, without
            progress in between, is twice as long, up to `LONGEST_WAIT_SECONDS`.

    Raises:
        LeaseLost: it is another attempt's.
    """
    event = NewEvent(type="released", message=reason, data={"worker": lease.worker_id})
    values = queued_again() | _given_up_freely()
    if wait_seconds:
        waits = session.scalar(select(Job.waits).where(Job.id == lease.job_id)) or 0
        values |= _wait(waits, wait_seconds)
    _change(session, lease, event=event, **values)


def lose(session: Session, lease: Lease, reason: str) -> None:
    """Return to the queue the job of an attempt that can do nothing more for it.

    It counts as an attempt that died: after too many of them, the job fails. Raises LeaseLost.
    """
    job = session.get(Job, lease.job_id, populate_existing=True)
    if job is not None and job.attempts_without_progress >= job.max_attempts:
        fail(session, lease, ErrorCode.WORKER_LOST, reason)
        return
    event = NewEvent(
        type="attempt_lost",
        message=f"{reason}; queued again",
        level=EventLevel.WARNING,
        data={"attempt": lease.attempt, "worker": lease.worker_id},
    )
    _change(session, lease, event=event, **queued_again())


def _held(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return Job.lease_token == lease.token, Job.state == JobState.RUNNING


def _change(
    session: Session,
    lease: Lease,
    *,
    event: NewEvent | None = None,
    visible: bool = True,
    **values: Any,
) -> None:
    guards = _held(lease)
    changed = change_job(session, lease.job_id, *guards, event=event, visible=visible, **values)
    if changed is None:
        raise LeaseLost(lease.job_id)


def _wait(waits: int, first_seconds: float) -> dict[str, Any]:
    seconds = doubled(first_seconds, waits, most=LONGEST_WAIT_SECONDS)
    return {
        "not_before": db_now(seconds),
        "dispatch_after": db_now(seconds),
        "waits": waits + 1,
    }


def _given_up_freely() -> dict[str, Any]:
    # An attempt that was asked to stop did not die: it does not count towards the limit.
    return without_lease() | {
        "attempts_without_progress": case(
            (Job.attempts_without_progress > 0, Job.attempts_without_progress - 1), else_=0
        )
    }


def _progress(progress: Progress) -> dict[str, Any]:
    remaining = progress.remaining_seconds
    return {
        "progress_fraction": progress.fraction,
        "progress": dict(progress.place),
        "finish_expected_at": None if remaining is None else db_now(remaining),
    }
