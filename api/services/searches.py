"""Searches: submitted, read and listed. What is done with jobs of any kind is in jobs."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from api.resources.security import Caller
from api.services.forecast import Forecast
from api.services.job_rows import find_row, insert_submitted, list_rows, rows_of
from api.services.jobs import JobFilter
from api.services.specs import CompleteSpec
from store.kinds import SEARCH
from store.new_jobs import new_job
from store.tables import Search


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
    job = new_job(
        SEARCH,
        caller.owner,
        spec.document,
        max_attempts=max_attempts,
        spec_sha256=spec.spec.sha256,
        dataset_id=spec.found.id,
        dataset_digest=spec.found.digest,
        needs=forecast.needs,
    )
    search = Search(id=job.id, job=job)
    measured = ("signal", "best_accuracy", "skip_connects", "accumulation")
    insert_submitted(session, search, forecast.warnings, still_empty=measured)
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
