"""The row that a kind keeps of its job, found and listed with the job. Only the caller's own."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager
from sqlalchemy.orm.attributes import set_committed_value

from api.http.errors import NotFound
from api.resources.security import Caller
from api.schemas.spec_warnings import SpecWarningBody
from api.services.jobs import JobFilter, ids_of_page, is_of
from api.services.list_order import ListOrder
from store.history import NewEvent
from store.kinds import Kind
from store.lifecycle import enqueue
from store.runs import read_turns
from store.tables import JobRow

RowT = TypeVar("RowT", bound=JobRow)


def insert_submitted(
    session: Session,
    row: RowT,
    warnings: Sequence[SpecWarningBody],
    *,
    still_empty: Iterable[str],
) -> None:
    """Insert a row, its job, which now waits, and its first event.

    Args:
        session: that writes.
        row: with its job.
        warnings: what speaks against its spec.
        still_empty: the attributes of the row that are null before a worker has run it.
    """
    session.add(row)
    told = {"warnings": [warning.model_dump() for warning in warnings]}
    enqueue(session, row.job, NewEvent(type="submitted", message="submitted", data=told))
    set_committed_value(row, "submission", told)
    for attribute in still_empty:
        set_committed_value(row, attribute, None)  # there is nothing to ask the database for yet


def rows_of(caller: Caller, kind: Kind, table: type[RowT]) -> Select[RowT]:
    """Return the query for the caller's rows of a kind, with their jobs."""
    with_job = contains_eager(table.job)
    return select(table).join(table.job).options(with_job).where(is_of(caller, kind))


def find_row(
    session: Session, query: Select[RowT], kind: Kind, table: type[RowT], row_id: str
) -> RowT:
    """Return one row of a query, as it stands.

    Raises:
        NotFound: there is none with this id.
    """
    one = query.where(table.id == row_id).execution_options(populate_existing=True)
    row = session.scalar(one)
    if row is None:
        raise NotFound.named(kind.noun, row_id)
    return row


def list_rows(
    session: Session,
    caller: Caller,
    kind: Kind,
    table: type[RowT],
    wanted: JobFilter,
    *,
    after: str | None,
    limit: int,
) -> Sequence[RowT]:
    """Return rows in the wanted order, from after the one with this id."""
    page = ids_of_page(caller, kind, wanted, after=after, limit=limit).scalar_subquery()
    found = session.scalars(rows_of(caller, kind, table).where(table.id.in_(page))).all()
    read_turns(session, [row.job for row in found])
    is_newest_first = wanted.sort is ListOrder.NEWEST
    return sorted(found, key=lambda row: row.id, reverse=is_newest_first)
