"""The order in which queued jobs run: by priority, then fairly between owners, then by age.

A job that was given back to wait for a while is not in the line until then.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, Subquery, func, select
from sqlalchemy.orm import Session

from store.states import JobState
from store.tables import Job
from store.types import db_now


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in the queue a new job of some owner would be."""

    priority: int
    share: int
    """How many jobs of its owner would be running with it."""


def next_in_line(
    session: Session, *conditions: ColumnElement[bool], limit: int = 20
) -> Sequence[str]:
    """Return the ids of queued jobs that meet the conditions, in the order they will run.

    Among jobs of one priority, the one whose owner would have the fewest running comes first: those
    that run now, plus the owner's jobs that are ahead of it. So an owner with a thousand jobs and
    one with a single job get the same turns, and the order stays fair while several workers take
    from it at once. No job waits for ever behind its equals: an owner's running jobs end at some
    time, and among equals the oldest is first.
    """
    waiting = _line(*conditions)
    return session.scalars(_in_order(select(waiting.c.id), waiting).limit(limit)).all()


def place_of_new(session: Session, owner: str, priority: int) -> Place:
    """Return where a job would be if its owner queued it now."""
    mine = Job.owner == owner
    ahead = (Job.state == JobState.RUNNING) | (_may_start() & (Job.priority >= priority))
    count = session.scalar(select(func.count()).select_from(Job).where(mine, ahead)) or 0
    return Place(priority=priority, share=count + 1)


def ids_ahead(place: Place) -> Select[str]:
    """Return the query for the ids of the queued jobs before a place, in order."""
    waiting = _line()
    # Among equals, a new job is the youngest.
    is_ahead = (waiting.c.priority > place.priority) | (
        (waiting.c.priority == place.priority) & (waiting.c.share <= place.share)
    )
    return _in_order(select(waiting.c.id).where(is_ahead), waiting)


def _in_order(query: Select[str], waiting: Subquery) -> Select[str]:
    columns = waiting.c
    return query.order_by(columns.priority.desc(), columns.share, columns.created_at, columns.id)


def _line(*conditions: ColumnElement[bool]) -> Subquery:
    """Return the queued jobs that meet the conditions, each with its share."""
    running = (
        select(Job.owner, func.count().label("jobs"))
        .where(Job.state == JobState.RUNNING)
        .group_by(Job.owner)
        .subquery()
    )
    before = func.row_number().over(
        partition_by=Job.owner, order_by=(Job.priority.desc(), Job.created_at, Job.id)
    )
    return (
        select(
            Job.id,
            Job.priority,
            Job.created_at,
            (func.coalesce(running.c.jobs, 0) + before).label("share"),
        )
        .outerjoin(running, running.c.owner == Job.owner)
        .where(_may_start(), *conditions)
        .subquery()
    )


def _may_start() -> ColumnElement[bool]:
    has_waited = Job.not_before.is_(None) | (Job.not_before <= db_now())
    return (Job.state == JobState.QUEUED) & has_waited
