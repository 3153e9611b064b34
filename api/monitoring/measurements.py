"""Figures about jobs and workers for operators, counted in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from api.monitoring.search_measurements import (
    RECENT_SECONDS,
    RecentEpochs,
    count_collapses,
    memory_of_search,
    summarise_epochs,
)
from store.gpu_readings import FRESH_SECONDS, GpuReading, restored
from store.kinds import KINDS
from store.lifecycle import has_status
from store.states import ErrorCode, JobState, Status
from store.tables import Event, Job, Worker, lost_attempts
from store.types import db_now


@dataclass(frozen=True, kw_only=True)
class MeasuredWorker:
    """A worker, and the memory that its search uses."""

    id: str
    name: str
    device: str
    is_busy: bool
    is_draining: bool
    beat_age_seconds: float
    device_memory_bytes: int
    search_memory_bytes: int | None
    """The most that the newest epoch of its search took; None while there is none."""
    gpus: Sequence[GpuReading]
    """Empty where nothing was read of them lately."""


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """The service at one moment."""

    jobs: Mapping[str, Mapping[Status, int]]
    """How many there are, by kind and status."""
    oldest_wait_seconds: float
    """How long ago the longest-waiting job was queued; 0 if none is waiting."""
    running_attempts: int
    expired_leases: int
    """Attempts whose lease has run out and which the recovery has not ended yet."""
    recent_lost_attempts: int
    recent_failures: Mapping[ErrorCode, int]
    recent_epochs: Sequence[RecentEpochs]
    """Of searches."""
    recent_collapses: int
    """Stages of searches whose normal cell collapsed into skip-connects."""
    workers: Sequence[MeasuredWorker]


def measure(session: Session) -> Measurements:
    """Count everything. Each query is bounded by an index, whatever the number of jobs."""
    now = session.scalars(select(db_now())).one()
    jobs = _count_jobs(session)
    running = (Status.RUNNING, Status.PAUSING, Status.CANCELLING)
    return Measurements(
        jobs=jobs,
        oldest_wait_seconds=_oldest_wait(session, now),
        running_attempts=sum(counts[status] for counts in jobs.values() for status in running),
        expired_leases=_count_expired_leases(session),
        recent_lost_attempts=_count_lost_attempts(session),
        recent_failures=_count_failures(session),
        recent_epochs=summarise_epochs(session),
        recent_collapses=count_collapses(session),
        workers=_measure_workers(session, now),
    )


def _count_jobs(session: Session) -> dict[str, dict[Status, int]]:
    by_state = select(Job.kind, Job.state, func.count()).group_by(Job.kind, Job.state)
    counts = {kind: dict.fromkeys(Status, 0) for kind in KINDS}
    for kind, state, count in session.execute(by_state):
        # A kind that only another version of this software knows has no name here.
        if kind in counts:
            counts[kind][Status(state.value)] = count
    for wish in (Status.PAUSING, Status.CANCELLING):
        wished = select(Job.kind, func.count()).where(has_status(wish)).group_by(Job.kind)
        for kind, count in session.execute(wished):
            if kind in counts:
                counts[kind][wish] = count
                counts[kind][Status.RUNNING] -= count
    return counts


def _oldest_wait(session: Session, now: datetime) -> float:
    # The newest event of a waiting job is the one that queued it.
    queued = (Event.job_id == Job.id) & (Event.seq == Job.event_seq)
    since = session.scalar(
        select(func.min(Event.time)).join(Job, queued).where(Job.state == JobState.QUEUED)
    )
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _count_expired_leases(session: Session) -> int:
    running = Job.state == JobState.RUNNING
    return _count(session, select(func.count(Job.id)).where(running, Job.lease_until < db_now()))


def _count_lost_attempts(session: Session) -> int:
    recent = Event.time > db_now(-RECENT_SECONDS)
    return _count(session, select(func.count(Event.seq)).where(lost_attempts(), recent))


def _count_failures(session: Session) -> dict[ErrorCode, int]:
    recent = Job.finished_at > db_now(-RECENT_SECONDS)
    rows = session.execute(
        select(Job.error_code, func.count())
        .where(recent, Job.state == JobState.FAILED)
        .group_by(Job.error_code)
    )
    found = dict(rows.all())
    return {code: found.get(code, 0) for code in ErrorCode}


def _measure_workers(session: Session, now: datetime) -> list[MeasuredWorker]:
    each = select(Worker, memory_of_search(Worker.job_id)).order_by(Worker.id)
    return [_measured(worker, memory_bytes, now) for worker, memory_bytes in session.execute(each)]


def _measured(worker: Worker, search_memory_bytes: int | None, now: datetime) -> MeasuredWorker:
    age = max(0.0, (now - worker.last_beat_at).total_seconds())
    return MeasuredWorker(
        id=worker.id,
        name=worker.name,
        device=worker.device,
        is_busy=worker.job_id is not None,
        is_draining=worker.draining,
        beat_age_seconds=age,
        device_memory_bytes=worker.memory_bytes,
        search_memory_bytes=search_memory_bytes,
        gpus=restored(worker.gpus) if age < FRESH_SECONDS else (),
    )


def _count(session: Session, query: Select[int]) -> int:
    return session.scalar(query) or 0
