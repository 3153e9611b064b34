"""Searches: submitted, read and listed. What is done with jobs of any kind is in jobs."""

from collections.abc import Sequence

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from api.resources.security import Caller
from api.services.forecast import Forecast
from api.services.job_rows import find_row, list_rows, rows_of
from api.services.jobs import JobFilter
from api.services.specs import CompleteSpec
from store import lifecycle
from store.history import NewEvent
from store.ids import new_id
from store.kinds import SEARCH
from store.tables import Job, Search


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
    expected = forecast.estimate
    job = Job(
        id=new_id(SEARCH.id_prefix),
        kind=SEARCH.name,
        owner=caller.owner,
        name=spec.document["name"],
        dataset=spec.document["dataset"],
        spec=spec.document,
        dataset_id=spec.found.id,
        dataset_digest=spec.found.digest,
        spec_sha256=spec.spec.sha256,
        labels=spec.document["metadata"],
        estimate=expected and expected.model_dump(),
        priority=spec.document["priority"],
        device=spec.document["device"],
        device_count=spec.document["device_count"],
        memory_bytes=expected and expected.memory_bytes,
        least_memory_bytes=forecast.least_memory_bytes,
        max_attempts=max_attempts,
    )
    search = Search(id=job.id, job=job)
    session.add(search)
    told = {"warnings": [warning.model_dump() for warning in forecast.warnings]}
    lifecycle.enqueue(session, job, NewEvent(type="submitted", message="submitted", data=told))
    set_committed_value(search, "submission", told)
    for measured in ("signal", "best_accuracy", "skip_connects", "accumulation"):
        set_committed_value(search, measured, None)  # there is nothing to ask the database for yet
    return search


def find(session: Session, caller: Caller, search_id: str) -> Search:
    """Return one of the caller's searches.

    Raises:
        NotFound: there is none with this id.
    """
    return find_row(session, rows_of(caller, SEARCH, Search), SEARCH, Search, search_id)


def list_searches(
    session: Session, caller: Caller, wanted: JobFilter, *, after: str | None, limit: int
) -> Sequence[Search]:
    """Return searches in the wanted order, from after the one with this id."""
    return list_rows(session, caller, SEARCH, Search, wanted, after=after, limit=limit)
