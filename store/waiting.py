"""The order in which queued jobs run: by priority, then fairly between owners, then by age."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from store.states import JobState
from store.tables import Job


def next_in_line(
    session: Session, *conditions: ColumnElement[bool], limit: int = 20
) -> Sequence[str]:
    """Return the ids of queued jobs that meet the conditions, those first that are to run first.

    Among jobs of one priority, that of the owner comes first who would have the fewest running:
    those that run now, and those of the owner's that are before it. So an owner with a thousand
    jobs and one with a single job have their next one run alike, and the order stays fair where
    several workers take from it at the same time. No job waits for ever behind its like: each of
    an owner's ends at some time, and of equals the oldest is first.
    """
    running = (
        select(Job.owner, func.count().label("jobs"))
        .where(Job.state == JobState.RUNNING)
        .group_by(Job.owner)
        .subquery()
    )
    before = func.row_number().over(
        partition_by=Job.owner, order_by=(Job.priority.desc(), Job.created_at, Job.id)
    )
    waiting = (
        select(
            Job.id,
            Job.priority,
            Job.created_at,
            (func.coalesce(running.c.jobs, 0) + before).label("share"),
        )
        .outerjoin(running, running.c.owner == Job.owner)
        .where(Job.state == JobState.QUEUED, *conditions)
        .subquery()
    )
    order = (waiting.c.priority.desc(), waiting.c.share, waiting.c.created_at, waiting.c.id)
    return session.scalars(select(waiting.c.id).order_by(*order).limit(limit)).all()
