"""Who waits for news is woken by Redis as soon as a change is committed."""

import asyncio
from collections.abc import Iterator

import anyio
import pytest

from api.resources import news
from api.resources.news import NewsBoard, Watch
from store.database import Database
from store.lifecycle import request_pause, resume
from store.news import NewsPublisher
from tests.support.factories import make_search
from tests.support.servers import RedisServer

PATIENCE_SECONDS = 60.0


@pytest.fixture
def told_database(database_url: str, redis_server: RedisServer) -> Iterator[Database]:
    """A database whose changes are told through Redis."""
    publisher = NewsPublisher(redis_server.url)
    publisher.start()
    database = Database(database_url, on_change=publisher.tell)
    yield database
    database.close()
    publisher.stop()


def test_a_change_wakes_without_a_look(
    told_database: Database, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_LOOK_SECONDS", "_IDLE_LOOK_SECONDS"):
        monkeypatch.setattr(news, name, 3600.0)
    with told_database.write() as session:
        search_id, other = make_search(session), make_search(session)

    def change() -> None:
        with told_database.write() as session:
            request_pause(session, search_id)
            resume(session, search_id)

    async def wait_for_news() -> bool:
        board = NewsBoard(told_database, redis_server.url)
        async with board.running():
            with board.watch(search_id) as watch, board.watch(other) as idle:
                await change_until_woken(watch)
                return await is_woken(idle)

    async def change_until_woken(watch: Watch) -> None:
        # The board may not listen yet.
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.to_thread(change)
            while not await is_woken(watch):
                await asyncio.to_thread(change)

    assert not asyncio.run(wait_for_news())


async def is_woken(watch: Watch) -> bool:
    """Tell whether whoever waits goes on by himself, or soon does."""
    with anyio.move_on_after(0.5) as patience:
        await watch.wait(PATIENCE_SECONDS)
    return not patience.cancelled_caught


def test_what_was_not_committed_is_not_told(database_url: str) -> None:
    told: list[frozenset[str]] = []
    database = Database(database_url, on_change=lambda ids: told.append(frozenset(ids)))
    with database.write() as session:
        search_id = make_search(session)
    told.clear()

    def fail_halfway() -> None:
        with database.write() as session:
            request_pause(session, search_id)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert told == []
    with database.write() as session:
        request_pause(session, search_id)
    assert told == [{search_id}]
    database.close()
