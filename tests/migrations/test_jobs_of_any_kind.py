"""Revision 0011 carries what rows have to where jobs of all kinds keep it, and back."""

from typing import Any

import pytest
import sqlalchemy as sa

import store.types
from migrations.schema import downgrade, upgrade
from store.database import Database
from store.kinds import SEARCH
from store.tables import Delivery, Job, Webhook
from store.types import db_now
from tests.support.factories import make_search

SPEC = {"dataset": "digits", "name": "früh", "metadata": {"ticket": 7}, "seed": 3}
JOBS = sa.table(
    "jobs",
    *map(sa.column, ("id", "kind", "owner", "state", "progress_stage", "progress_epoch")),
    sa.column("progress_phase"),
)
SEARCHES = sa.table(
    "searches",
    *map(sa.column, ("id", "owner", "name", "dataset", "spec_sha256")),
    *(sa.column(name, store.types.Json) for name in ("spec", "labels", "estimate")),
)
OLD_JOB: dict[str, Any] = {
    "id": "srch_1",
    "kind": "search",
    "owner": "ada",
    "state": "running",
    "progress_stage": 2,
    "progress_epoch": 5,
    "progress_phase": "architecture",
}
OLD_SEARCH: dict[str, Any] = {
    "id": "srch_1",
    "owner": "ada",
    "name": "früh",
    "dataset": "digits",
    "spec_sha256": "ab" * 32,
    "spec": SPEC,
    "labels": {"ticket": 7},
    "estimate": {"seconds": 12.5, "memory_bytes": 99},
}
WAITING_JOB = OLD_JOB | {"id": "srch_2", "state": "queued"}
WAITING_JOB |= dict.fromkeys(("progress_stage", "progress_epoch", "progress_phase"))
WAITING_SEARCH = OLD_SEARCH | {"id": "srch_2", "name": None, "estimate": None}


def write_old_rows(database: Database) -> None:
    """Write a search that runs and one that waits, as revision 0010 keeps them."""
    numbers = (
        "priority",
        "version",
        "event_seq",
        "lease_token",
        "attempt",
        "rings",
        "attempts_without_progress",
        "max_attempts",
        "progress_fraction",
    )
    moments = ("dispatch_after", "created_at")
    names = (*JOBS.columns.keys(), *numbers, *moments)
    filled = sa.table("jobs", *map(sa.column, names))
    around: dict[str, Any] = dict.fromkeys(numbers, 1) | dict.fromkeys(moments, db_now())
    with database.write() as session:
        for job, search in ((OLD_JOB, OLD_SEARCH), (WAITING_JOB, WAITING_SEARCH)):
            session.execute(sa.insert(filled).values(**job, **around))
            session.execute(sa.insert(SEARCHES).values(**search))


def rows_of(database: Database, table: sa.TableClause) -> list[dict[str, Any]]:
    with database.read() as session:
        return [dict(row._mapping) for row in session.execute(sa.select(table).order_by("id"))]


@pytest.fixture
def old_database(database: Database, database_url: str) -> Database:
    """A database as revision 0010 left it."""
    downgrade(database_url, "0010")
    write_old_rows(database)
    return database


def test_a_search_has_all_that_it_had(old_database: Database, database_url: str) -> None:
    upgrade(database_url)
    with old_database.read() as session:
        running, waiting = session.get_one(Job, "srch_1"), session.get_one(Job, "srch_2")
        told = {name: getattr(running, name) for name in OLD_SEARCH}
        assert told == OLD_SEARCH
        assert running.progress == {"stage": 2, "epoch": 5, "phase": "architecture"}
        assert (waiting.name, waiting.estimate, waiting.progress) == (None, None, {})


def test_the_way_back_leaves_what_was_there(old_database: Database, database_url: str) -> None:
    upgrade(database_url)
    downgrade(database_url, "0010")
    assert rows_of(old_database, JOBS) == [OLD_JOB, WAITING_JOB]
    assert rows_of(old_database, SEARCHES) == [OLD_SEARCH, WAITING_SEARCH]


def test_jobs_that_the_older_revision_cannot_run_are_left_behind(
    database: Database, database_url: str
) -> None:
    with database.write() as session:
        search_id = make_search(session, spec=SPEC)
        session.add(Job(id="eval_1", kind="evaluation", owner="ada"))
    downgrade(database_url, "0010")
    assert [row["id"] for row in rows_of(database, JOBS)] == [search_id]
    upgrade(database_url)
    with database.read() as session:
        assert [job.kind for job in session.scalars(sa.select(Job))] == [SEARCH.name]


def test_a_delivery_keeps_the_job_that_it_is_about(database: Database, database_url: str) -> None:
    with database.write() as session:
        session.add(Webhook(id="whk_1", owner="ada", url="https://a.b", events=[], secret=""))
        session.flush()
        session.add(
            Delivery(id="msg_1", webhook_id="whk_1", event="e", job_id="srch_1", payload="{}")
        )
    downgrade(database_url, "0010")
    deliveries = sa.table("deliveries", sa.column("id"), sa.column("search_id"))
    assert rows_of(database, deliveries) == [{"id": "msg_1", "search_id": "srch_1"}]
    upgrade(database_url)
    with database.read() as session:
        assert session.get_one(Delivery, "msg_1").job_id == "srch_1"
