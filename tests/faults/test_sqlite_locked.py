"""SQLite's file is locked for longer than anyone waits for it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support.api_process import api_process
from tests.support.databases import sqlite_database
from tests.support.fleet import Fleet, fleet
from tests.support.jobs import SearchRecord, job_of, make_spec
from tests.support.outcomes import SHORT, STEPPED, assert_ended_well
from tests.support.servers import wait_until


@pytest.fixture
def on_sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Fleet]:
    with (
        sqlite_database(sqlite_template, tmp_path) as url,
        fleet(tmp_path, url, workers=0) as running,
    ):
        yield running


@contextmanager
def locked(fleet: Fleet) -> Iterator[None]:
    """Hold the right to write, as a backup or a stray shell may."""
    assert fleet.database.url.database is not None
    with closing(sqlite3.connect(fleet.database.url.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def test_what_could_not_be_written_is_written_later(
    on_sqlite: Fleet, stepped: SearchRecord
) -> None:
    (worker,) = on_sqlite.start_workers(PDARTS_LEASE_SECONDS="60")
    search_id, _ = on_sqlite.run_search(**STEPPED)
    with locked(on_sqlite):
        wait_until(lambda: "does not answer" in worker.log, "the end of its patience", 60)
    assert_ended_well(on_sqlite.database, search_id, stepped)
    assert job_of(on_sqlite.database, search_id).attempt == 1


def test_clients_are_told_to_come_again(on_sqlite: Fleet, short: SearchRecord) -> None:
    key = {"Idempotency-Key": "once"}
    with api_process(on_sqlite.folder, on_sqlite.database_url, on_sqlite.redis.url) as api:
        api.start()
        with locked(on_sqlite):
            refused = api.client.post("/searches", json=make_spec(**SHORT), headers=key)
            assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
            assert api.client.get("/searches").json()["data"] == []
        taken = api.client.post("/searches", json=make_spec(**SHORT), headers=key)
        assert taken.status_code == 202, taken.text
    on_sqlite.start_workers()
    assert_ended_well(on_sqlite.database, taken.json()["id"], short)
