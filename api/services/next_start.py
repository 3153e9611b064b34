"""When a search submitted now would start."""

import heapq
import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.states import JobState
from store.tables import Job, Search, Worker
from store.workers import is_alive

MOST_COUNTED = 200
"""Searches that wait; behind more of them, the start of another is not estimated."""
_UNKNOWN = math.inf


def estimate_next_start(session: Session, lease_seconds: float) -> datetime | None:
    """Return when a search of priority 0 would start; None where that cannot be told.

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
    ahead = Job.state == JobState.QUEUED, Job.priority >= 0
    waiting = select(func.count()).select_from(Job).where(*ahead)
    if (session.scalar(waiting) or 0) > MOST_COUNTED:
        return None
    in_order = (Job.priority.desc(), Job.created_at, Job.id)
    rows = session.execute(
        select(Search.estimate, Job.progress_fraction)
        .join(Job, Job.id == Search.id)
        .where(*ahead)
        .order_by(*in_order)
    )
    durations = [
        _UNKNOWN if estimate is None or estimate["seconds"] is None else estimate["seconds"] * left
        for estimate, left in ((estimate, 1 - done) for estimate, done in rows)
    ]
    seconds = first_free(free_after, durations)
    return None if seconds == _UNKNOWN else now + timedelta(seconds=seconds)


def first_free(free_after: Iterable[float], durations: Iterable[float]) -> float:
    """Return after how many seconds a worker is free for one more, when all ahead have begun.

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
