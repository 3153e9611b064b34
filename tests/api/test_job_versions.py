"""Polls that come at once are answered by one look at the database, each for itself."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from api.http.errors import NotFound
from api.resources.job_versions import JobVersion, JobVersions
from api.resources.security import Caller
from store.database import Database
from store.lifecycle import request_cancel, request_pause
from store.scopes import Scope
from tests.api.calls import submit
from tests.support.factories import make_search

pytestmark = pytest.mark.both_databases

MINE = Caller(owner="local", scopes=frozenset(Scope))
STRANGER = Caller(owner="stranger", scopes=frozenset(Scope))


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    """Collect the queries of a database while the block runs."""
    statements: list[str] = []

    def note(*words: Any) -> None:
        if words[2].startswith("SELECT"):
            statements.append(words[2])

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def all_at_once(*reads: Coroutine[Any, Any, JobVersion]) -> list[JobVersion | BaseException]:
    async def gather() -> list[JobVersion | BaseException]:
        return await asyncio.gather(*reads, return_exceptions=True)

    return asyncio.run(gather())


def test_those_who_come_while_one_is_asked_for_share_the_next_look(database: Database) -> None:
    with database.write() as session:
        ids = [make_search(session) for _ in range(20)]
        request_pause(session, ids[3])
        request_cancel(session, ids[5])
    job_versions = JobVersions(database)
    with counted_statements(database) as statements:
        found = all_at_once(*(job_versions.read(MINE, search_id) for search_id in ids * 3))
    expected = [JobVersion(version=1, has_ended=False)] * 20
    expected[3] = JobVersion(version=2, has_ended=False)
    expected[5] = JobVersion(version=2, has_ended=True)
    assert found == expected * 3
    assert len(statements) == 2


def test_one_owner_learns_nothing_of_anothers_in_the_same_look(database: Database) -> None:
    with database.write() as session:
        search_id, foreign = make_search(session), make_search(session, owner="stranger")
    job_versions = JobVersions(database)
    first, *others = all_at_once(
        job_versions.read(MINE, search_id),
        job_versions.read(MINE, foreign),
        job_versions.read(STRANGER, search_id),
        job_versions.read(STRANGER, foreign),
    )
    assert isinstance(first, JobVersion)
    assert [type(one) for one in others] == [NotFound, NotFound, JobVersion]


def test_a_change_is_seen_by_whoever_asks_after_it(database: Database) -> None:
    with database.write() as session:
        search_id = make_search(session)

    async def read_change_read() -> list[int]:
        job_versions = JobVersions(database)
        before = await job_versions.read(MINE, search_id)
        with database.write() as session:
            request_pause(session, search_id)
        after = await job_versions.read(MINE, search_id)
        return [before.version, after.version]

    assert asyncio.run(read_change_read()) == [1, 2]


def test_a_database_that_fails_is_told_to_everyone_and_asked_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        search_id = make_search(session)
    job_versions = JobVersions(database)
    nowhere = Database("sqlite:////nowhere/at/all.db")

    async def fail_then_recover() -> list[object]:
        monkeypatch.setattr(job_versions, "_database", nowhere)
        reads = [job_versions.read(MINE, search_id) for _ in range(5)]
        failed = await asyncio.gather(*reads, return_exceptions=True)
        monkeypatch.undo()
        return [*map(type, failed), await job_versions.read(MINE, search_id)]

    *failed, recovered = asyncio.run(fail_then_recover())
    assert failed == [OperationalError] * 5
    assert recovered == JobVersion(version=1, has_ended=False)


def test_whoever_gives_up_holds_nobody_up(database: Database) -> None:
    with database.write() as session:
        search_id = make_search(session)

    async def give_up_in_turn() -> list[object]:
        job_versions = JobVersions(database)
        tasks = [asyncio.create_task(job_versions.read(MINE, search_id)) for _ in range(4)]
        await asyncio.sleep(0)
        for given_up in tasks[:2]:
            given_up.cancel()
        await asyncio.wait(tasks)
        return [task.cancelled() or task.result().version for task in tasks]

    assert asyncio.run(asyncio.wait_for(give_up_in_turn(), 30)) == [True, True, 1, 1]


def test_a_poll_that_finds_nothing_new_writes_no_line(
    client: httpx.Client, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    path = f"/searches/{submit(client)}"
    tag = client.get(path).headers["etag"]
    with caplog.at_level(logging.INFO, "pdarts.access"):
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
        assert not caplog.records
        client.get(path)
        assert [vars(line)["status"] for line in caplog.records] == [200]
