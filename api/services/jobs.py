"""Use cases of jobs of any kind. Every query is limited to the caller's own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.orm import Session

from api.http.errors import (
    Conflict,
    NotCancellable,
    NotFound,
    NotPausable,
    NotResumable,
    NotRetryable,
)
from api.resources.security import Caller
from api.services.list_order import ListOrder
from api.services.status_words import describe_status
from store import lifecycle
from store.database import note_change
from store.kinds import Kind
from store.states import FINAL_STATES, Status
from store.tables import Event, Job
from store.types import contains, json_member


@dataclass(frozen=True, kw_only=True)
class JobFilter:
    """Which jobs of a kind to list. None: all."""

    status: Status | None = None
    dataset: str | None = None
    name: str | None = None
    metadata: Sequence[tuple[str, str]] = ()
    """Members of a job's metadata, and their values as text."""
    created_after: datetime | None = None
    """The first moment that counts."""
    created_before: datetime | None = None
    """The first moment that no longer counts."""
    name_contains: str | None = None
    """A part of the name, in upper or lower case."""
    dataset_contains: str | None = None
    """A part of the data set's name, in upper or lower case."""
    sort: ListOrder = ListOrder.NEWEST
    """The order in which they are listed."""

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield what a job must meet."""
        if self.status is not None:
            yield lifecycle.has_status(self.status)
        if self.dataset is not None:
            yield Job.dataset == self.dataset
        if self.name is not None:
            yield Job.name == self.name
        if self.name_contains is not None:
            yield contains(Job.name, self.name_contains)
        if self.dataset_contains is not None:
            yield contains(Job.dataset, self.dataset_contains)
        if self.created_after is not None:
            yield Job.created_at >= self.created_after
        if self.created_before is not None:
            yield Job.created_at < self.created_before
        for member, value in self.metadata:
            yield json_member(Job.labels, member) == value


@dataclass(frozen=True, kw_only=True)
class Move:
    """What a job's owner may do with it."""

    name: str
    act: Callable[[Session, str], None]
    refusal: type[Conflict]
    """The error message if the job's state does not allow it."""
    instead: Mapping[Status, str] = field(default_factory=dict, compare=False)
    """Which move does what was meant, by the job's status."""
    queues: bool = False
    """Whether the job then waits for a worker: this counts towards a limit, and wakes a worker."""


CANCEL = Move(name="cancel", act=lifecycle.request_cancel, refusal=NotCancellable)
PAUSE = Move(name="pause", act=lifecycle.request_pause, refusal=NotPausable)
RESUME = Move(
    name="resume",
    act=lifecycle.resume,
    refusal=NotResumable,
    instead={Status.FAILED: "retry"},
    queues=True,
)
RETRY = Move(
    name="retry",
    act=lifecycle.retry,
    refusal=NotRetryable,
    instead={Status.PAUSED: "resume"},
    queues=True,
)
MOVES = (CANCEL, PAUSE, RESUME, RETRY)


def is_of(caller: Caller, kind: Kind) -> ColumnElement[bool]:
    """Return the SQL condition for the caller's jobs of a kind."""
    return (Job.owner == caller.owner) & (Job.kind == kind.name)


def find(session: Session, caller: Caller, kind: Kind, job_id: str) -> Job:
    """Return one of the caller's jobs as it stands.

    Raises:
        NotFound: there is none of this kind with this id.
    """
    mine = select(Job).where(is_of(caller, kind), Job.id == job_id)
    job = session.scalar(mine.execution_options(populate_existing=True))
    if job is None:
        raise NotFound.named(kind.noun, job_id)
    return job


def ids_of_page(
    caller: Caller, kind: Kind, wanted: JobFilter, *, after: str | None, limit: int
) -> Select[str]:
    """Return the query for the ids of a page, in the wanted order, after the job with this id.

    The kind is among the conditions, so that jobs of other kinds take no place on the page.
    """
    ids = select(Job.id).where(is_of(caller, kind), *wanted.conditions())
    return wanted.sort.page_of(ids, Job.id, after=after).limit(limit)


def move(session: Session, caller: Caller, kind: Kind, job_id: str, what: Move) -> None:
    """Make a move with one of the caller's jobs.

    Raises:
        NotFound: there is none of this kind with this id.
        Conflict: it is in no state for that.
    """
    find(session, caller, kind, job_id)
    try:
        what.act(session, job_id)
    except lifecycle.IllegalMove as error:
        other = what.instead.get(error.status)
        hint = "" if other is None else f"; {other} it"
        raise what.refusal(f"{describe_status(error.status, kind)}{hint}") from error


def remove(
    session: Session, caller: Caller, kind: Kind, job_id: str, refusal: type[Conflict]
) -> None:
    """Delete a job that has ended, with all its rows.

    Raises:
        NotFound: the caller has no such job.
        Conflict: it has not ended; of the class that the kind has for it.
    """
    job = find(session, caller, kind, job_id)
    deleted = session.scalar(
        delete(Job).where(Job.id == job_id, Job.state.in_(FINAL_STATES)).returning(Job.id)
    )
    if deleted is None:
        status = lifecycle.status_of(job)
        first = "wait until that is done" if status is Status.CANCELLING else "cancel it first"
        raise refusal(f"{describe_status(status, kind)}; {first}, then delete it")
    note_change(session, job_id)


def list_events(
    session: Session, job: Job, *, after: int = 0, limit: int | None = None
) -> Sequence[Event]:
    """Return a job's history after the event with this number."""
    rows = select(Event).where(Event.job_id == job.id, Event.seq > after)
    return session.scalars(rows.order_by(Event.seq).limit(limit)).all()
