"""A page of the list is found by indexes, in order: its cost does not grow with the searches."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event

from api.resources.security import LOCAL_CALLER
from api.services.jobs import JobFilter
from api.services.list_order import ListOrder
from api.services.searches import list_searches
from benchmarks.many_searches import write_searches
from store.database import Database
from store.ids import IdKind, new_id
from store.states import Status
from tests.support.databases import fresh_database

pytestmark = pytest.mark.both_databases

FILTERS = {
    "all": JobFilter(),
    **{f"status {status}": JobFilter(status=status) for status in Status},
    "data set": JobFilter(dataset="digits"),
    "oldest first": JobFilter(sort=ListOrder.OLDEST),
    "both": JobFilter(status=Status.FAILED, dataset="digits"),
}


def plan_of_page(database: Database, wanted: JobFilter, after: str | None) -> list[str]:
    """Return how the database would carry out the statement that the service sends."""
    sent: list[tuple[str, Any]] = []

    def note(_c: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    with database.write() as session:
        event.listen(session.connection(), "before_cursor_execute", note)
        list_searches(session, LOCAL_CALLER, wanted, after=after, limit=51)
        (page,) = (one for one in sent if one[0].startswith("SELECT"))
        if database.is_sqlite:
            rows = session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + page[0], page[1])
            return [row.detail for row in rows]
        # PostgreSQL would rather read so few rows as a whole: whether it can do without is asked.
        for forbidden in ("enable_seqscan", "enable_sort", "enable_bitmapscan"):
            session.connection().exec_driver_sql(f"SET LOCAL {forbidden} = off")
        rows = session.connection().exec_driver_sql("EXPLAIN " + page[0], page[1])
        return [row[0] for row in rows]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def searches(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database whose statistics tell one index from another: empty tables leave it to chance."""
    with fresh_database(request, tmp_path_factory.mktemp("plans")) as url:
        database = Database(url)
        write_searches(database, 900, owner="another")
        write_searches(database, 90, owner=LOCAL_CALLER.owner)
        yield database
        database.close()


@pytest.mark.parametrize("is_first", [True, False], ids=["first page", "later page"])
@pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS.keys())
def test_a_page_needs_no_scan_and_no_sort(
    searches: Database, wanted: JobFilter, is_first: bool
) -> None:
    # The cursor of a page that has as many after it as there are.
    start = new_id(IdKind.SEARCH) if wanted.sort is ListOrder.NEWEST else "srch_"
    plan = plan_of_page(searches, wanted, None if is_first else start)
    bad = [line for line in plan if any(w in line for w in ("SCAN", "Seq Scan", "TEMP", "Sort"))]
    assert not bad, "\n".join(plan)
    if wanted.status is Status.SUCCEEDED:
        assert any("ix_jobs_owner_kind_state_id" in line for line in plan), "\n".join(plan)
    elif wanted.dataset is not None and wanted.status is None:
        assert any("ix_jobs_owner_kind_dataset_id" in line for line in plan), "\n".join(plan)
    elif wanted.status is None and wanted.dataset is None:
        assert any("ix_jobs_owner_kind_id" in line for line in plan), "\n".join(plan)


def test_the_best_accuracy_is_looked_up_not_searched_for(searches: Database) -> None:
    plan = plan_of_page(searches, JobFilter(), None)
    assert any("ix_epochs_search_id_valid_accuracy" in line for line in plan), "\n".join(plan)
