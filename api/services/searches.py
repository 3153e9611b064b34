"""What is done with searches. Every query is bounded by the caller."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.orm import Session, contains_eager
from sqlalchemy.orm.attributes import set_committed_value

from api.http.errors import (
    Conflict,
    NotCancellable,
    NotFound,
    NotPausable,
    NotResumable,
    NotRetryable,
    SearchActive,
)
from api.resources.security import Caller
from api.services.forecast import Forecast
from api.services.specs import CompleteSpec
from api.services.status_words import describe_status
from store import lifecycle
from store.database import note_change
from store.history import NewEvent
from store.ids import IdKind, new_id
from store.kinds import SEARCH
from store.states import JobState, Status
from store.tables import Job, Search
from store.types import json_member


@dataclass(frozen=True, kw_only=True)
class SearchFilter:
    """Which searches to list. None: all."""

    status: Status | None = None
    dataset: str | None = None
    name: str | None = None
    metadata: Sequence[tuple[str, str]] = ()
    """Members that a search's metadata has, and their values as text."""
    created_after: datetime | None = None
    """The first moment that counts."""
    created_before: datetime | None = None
    """The first moment that no longer counts."""

    def of_jobs(self) -> Iterator[ColumnElement[bool]]:
        """Yield what a search's job must meet."""
        if self.status is not None:
            yield lifecycle.has_status(self.status)
        if self.created_after is not None:
            yield Job.created_at >= self.created_after
        if self.created_before is not None:
            yield Job.created_at < self.created_before

    def of_searches(self) -> Iterator[ColumnElement[bool]]:
        """Yield what a search itself must meet."""
        if self.dataset is not None:
            yield Search.dataset == self.dataset
        if self.name is not None:
            yield Search.name == self.name
        for member, value in self.metadata:
            yield json_member(Search.labels, member) == value


def submit(
    session: Session,
    caller: Caller,
    spec: CompleteSpec,
    forecast: Forecast,
    max_attempts: int,
) -> Search:
    """Write a search, its job and its first event.

    Args:
        session: that writes.
        caller: whose it will be.
        spec: what to search.
        forecast: what it will need.
        max_attempts: after how many without a new checkpoint it has failed.
    """
    search_id, expected = new_id(IdKind.SEARCH), forecast.estimate
    job = Job(
        id=search_id,
        kind=SEARCH.name,
        owner=caller.owner,
        priority=spec.document["priority"],
        device=spec.document["device"],
        memory_bytes=expected and expected.memory_bytes,
        least_memory_bytes=forecast.least_memory_bytes,
        max_attempts=max_attempts,
    )
    search = Search(
        id=search_id,
        owner=caller.owner,
        name=spec.document["name"],
        dataset=spec.document["dataset"],
        spec=spec.document,
        spec_sha256=spec.spec.sha256,
        labels=spec.document["metadata"],
        estimate=expected and expected.model_dump(),
        job=job,
    )
    session.add(search)
    lifecycle.enqueue(session, job, NewEvent(type="submitted", message="submitted"))
    for measured in ("best_accuracy", "skip_connects", "accumulation"):
        set_committed_value(search, measured, None)  # there is nothing to ask the database for yet
    return search


def find(session: Session, caller: Caller, search_id: str) -> Search:
    """Return one of the caller's searches.

    Raises:
        NotFound: there is none with this id.
    """
    search = session.scalar(
        _of(caller).where(Search.id == search_id).execution_options(populate_existing=True)
    )
    if search is None:
        raise NotFound.search(search_id)
    return search


def list_searches(
    session: Session, caller: Caller, wanted: SearchFilter, *, after: str | None, limit: int
) -> Sequence[Search]:
    """Return searches, the newest first, from after the one with this id."""
    page = _ids_of_page(caller, wanted, after, limit).scalar_subquery()
    found = session.scalars(_of(caller).where(Search.id.in_(page)))
    return sorted(found, key=lambda search: search.id, reverse=True)


def cancel(session: Session, caller: Caller, search_id: str) -> Search:
    """Cancel a search, or ask its worker to. Raises NotFound, NotCancellable."""
    return _move(session, caller, search_id, lifecycle.request_cancel, NotCancellable)


def pause(session: Session, caller: Caller, search_id: str) -> Search:
    """Pause a search, or ask its worker to. Raises NotFound, NotPausable."""
    return _move(session, caller, search_id, lifecycle.request_pause, NotPausable)


def resume(session: Session, caller: Caller, search_id: str) -> Search:
    """Queue a paused search again. Raises NotFound, NotResumable."""
    return _move(session, caller, search_id, lifecycle.resume, NotResumable)


def retry(session: Session, caller: Caller, search_id: str) -> Search:
    """Queue a failed search again. Raises NotFound, NotRetryable."""
    return _move(session, caller, search_id, lifecycle.retry, NotRetryable)


def remove(session: Session, caller: Caller, search_id: str) -> None:
    """Delete a search that has ended, with all its rows. Raises NotFound, SearchActive."""
    search = find(session, caller, search_id)
    final = [state for state in JobState if state.is_final]
    deleted = session.scalar(
        delete(Job).where(Job.id == search_id, Job.state.in_(final)).returning(Job.id)
    )
    if deleted is None:
        status = describe_status(lifecycle.status_of(search.job))
        raise SearchActive(f"{status}; cancel it before you delete it")
    note_change(session, search_id)


def _of(caller: Caller) -> Select[Search]:
    with_job = contains_eager(Search.job)
    return select(Search).join(Search.job).options(with_job).where(Job.owner == caller.owner)


def _ids_of_page(
    caller: Caller, wanted: SearchFilter, after: str | None, limit: int
) -> Select[str]:
    # From the index of one table where that is enough: it is read from `after` on until the page
    # is full. Were the tables joined first, PostgreSQL might walk all searches to fill it.
    of_jobs, of_searches = list(wanted.of_jobs()), list(wanted.of_searches())
    place = Job.id
    tables: list[type[Job | Search]] = [Job]
    if of_searches:
        place, tables = Search.id, [Search] if wanted.dataset and not of_jobs else [Search, Job]
    ids = select(place).where(*of_jobs, *of_searches).order_by(place.desc()).limit(limit)
    if len(tables) > 1:
        ids = ids.join(Search.job)
    for table in tables:
        ids = ids.where(table.owner == caller.owner)
        if after is not None:
            ids = ids.where(table.id < after)
    return ids


def _move(
    session: Session,
    caller: Caller,
    search_id: str,
    move: Callable[[Session, str], None],
    refusal: type[Conflict],
) -> Search:
    find(session, caller, search_id)
    try:
        move(session, search_id)
    except lifecycle.IllegalMove as error:
        raise refusal(describe_status(error.status)) from error
    return find(session, caller, search_id)
