"""When a search submitted now would start."""

import heapq
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.resources.security import Caller
from store.job_spec import JobSpec
from store.tables import Job, Worker
from store.waiting import ids_ahead, place_of_new
from store.workers import is_alive

MOST_COUNTED = 200
"""Waiting jobs; with more of them in front, the start of another is not estimated."""
_UNKNOWN = math.inf


def estimate_next_start(session: Session, caller: Caller, lease_seconds: float) -> datetime | None:
    """Return when a search of the caller's, of priority 0, would start; None if nobody can tell.

    Each worker goes on to the first in the queue as it gets free. How long those that wait take
    is what was expected when they were submitted.
    """
    now = datetime.now(UTC)
    free_after = [
        0.0 if job_id is None else _seconds_until(ends_at, now)
        for job_id, ends_at in session.execute(
            select(Worker.job_id, Job.finish_expected_at)
            .outerjoin(Job, Job.id == Worker.job_id)
            .where(is_alive(lease_seconds), ~Worker.draining)
        )
    ]
    place = place_of_new(session, caller.owner, JobSpec.priority)
    ahead = session.scalars(ids_ahead(place).limit(MOST_COUNTED + 1)).all()
    if len(ahead) > MOST_COUNTED:
        return None
    seconds = first_free(free_after, _durations(session, ahead))
    return None if seconds == _UNKNOWN else now + timedelta(seconds=seconds)


def _durations(session: Session, job_ids: Sequence[str]) -> list[float]:
    """Return how many more seconds each of these jobs is expected to take."""
    rows = session.execute(
        select(Job.id, Job.estimate, Job.progress_fraction).where(Job.id.in_(job_ids))
    )
    seconds = {
        job_id: _UNKNOWN
        if estimate is None or estimate["seconds"] is None
        else estimate["seconds"] * (1 - done)
        for job_id, estimate, done in rows
    }
    return [seconds.get(job_id, 0.0) for job_id in job_ids]


def first_free(free_after: Iterable[float], durations: Iterable[float]) -> float:
    """Return the seconds until a worker is free for one more, once all jobs in front have begun.

    Args:
        free_after: the seconds in which each worker gets free; infinite where not known.
        durations: the seconds that those ahead in the queue take, the first one first.
    """
    workers = list(free_after)
    if not workers:
        return _UNKNOWN
    heapq.heapify(workers)
    for duration in durations:
        heapq.heapreplace(workers, workers[0] + duration)
    return workers[0]


def _seconds_until(moment: datetime | None, now: datetime) -> float:
    return _UNKNOWN if moment is None else max(0.0, (moment - now).total_seconds())
