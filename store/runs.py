"""How often and for how long workers have run a job; waiting and pauses are no part of it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from store.states import JobState
from store.tables import TURNS, Event, Job

_GIVEN_UP_FREELY = frozenset({"paused", "released"})
"""What ends a run that the next one continues: nothing went wrong."""
_ENDED_BY_ITS_RUN = frozenset({JobState.SUCCEEDED, JobState.FAILED})


@dataclass(frozen=True, kw_only=True)
class Runs:
    """What workers have done with a job so far."""

    attempts: int
    """One more after each lost worker and each error. Who continues after a pause, or after a
    worker that was stopped or drained, goes on with the same attempt."""
    seconds: float | None
    """How long workers ran it; None while one does, and before the first."""


def runs_of(job: Job) -> Runs:
    """Return how often and how long a job was run; its events are read only if need be."""
    if job.attempt == 0 or job.started_at is None:
        return Runs(attempts=0, seconds=None)
    if _needs_history(job):
        return count_runs(job.turns)
    if job.state in _ENDED_BY_ITS_RUN and job.finished_at is not None:
        return Runs(attempts=1, seconds=(job.finished_at - job.started_at).total_seconds())
    return Runs(attempts=1, seconds=None)


def read_turns(session: Session, jobs: Collection[Job]) -> None:
    """Read in one query the events that `runs_of` needs of many jobs."""
    turns: dict[str, list[Event]] = {job.id: [] for job in jobs if _needs_history(job)}
    if not turns:
        return
    wanted = select(Event).where(Event.job_id.in_(turns), Event.type.in_(TURNS))
    for event in session.scalars(wanted.order_by(Event.job_id, Event.seq)):
        turns[event.job_id].append(event)
    for job in jobs:
        if job.id in turns:
            set_committed_value(job, "turns", turns[job.id])


def _needs_history(job: Job) -> bool:
    """Tell whether a job's columns do not say how long it ran: it may have been paused."""
    may_have_stopped = {JobState.QUEUED, JobState.PAUSED, JobState.CANCELLED}
    return job.attempt > 1 or (job.attempt == 1 and job.state in may_have_stopped)


def count_runs(turns: Iterable[Event]) -> Runs:
    """Count the runs in a job's history.

    Args:
        turns: its events of the types in `store.tables.TURNS`, the oldest first.
    """
    attempts, seconds, goes_on = 0, 0.0, False
    since: datetime | None = None
    for event in turns:
        if event.type == "attempt_started":
            attempts += not goes_on
            since = event.time
        elif since is not None:
            seconds += (event.time - since).total_seconds()
            since, goes_on = None, event.type in _GIVEN_UP_FREELY
    return Runs(attempts=attempts, seconds=seconds if since is None and attempts else None)
