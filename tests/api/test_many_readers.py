"""Many readers whose connections keep breaking: each has every event once, in order."""

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from store.database import Database
from store.history import NewEvent
from store.lease import record, succeed
from store.settings import Settings
from tests.api.calls import submit
from tests.api.work import start
from tests.support.http_service import serve
from tests.support.selection import is_everything_wanted
from tests.support.servers import RedisServer

READERS = 200 if is_everything_wanted() else 60
SEARCHES = 4
EPOCHS = 8
EVENTS = EPOCHS + 3
"""With the submission, the attempt's start and the search's end."""


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    yield server
    server.stop()


class Reader:
    """Follows one search over any number of connections."""

    def __init__(self, client: httpx.AsyncClient, search_id: str, seed: int) -> None:
        self.seen: list[int] = []
        self.connections = 0
        self._client = client
        self._url = f"/searches/{search_id}/events/stream"
        self._dice = random.Random(seed)

    async def follow(self) -> None:
        while not await self._read_some(self._dice.randint(1, 4)):
            pass

    async def _read_some(self, at_most: int) -> bool:
        """Read so many events, then hang up; tell whether the end was read."""
        last = {"Last-Event-ID": str(self.seen[-1])} if self.seen else {}
        self.connections += 1
        async with self._client.stream("GET", self._url, headers=last) as answer:
            if answer.status_code == 204:
                return True
            assert answer.status_code == 200
            async for line in answer.aiter_lines():
                if line == "event: end":
                    return True
                if line.startswith("data: "):
                    self.seen.append(json.loads(line.removeprefix("data: "))["seq"])
                    at_most -= 1
                if at_most == 0:
                    return False
        raise AssertionError("the stream ended without a word")


async def read_while(url: str, search_ids: list[str], write: Callable[[], None]) -> list[Reader]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
        readers = [
            Reader(client, search_ids[number % SEARCHES], seed=number) for number in range(READERS)
        ]
        following = [asyncio.create_task(reader.follow()) for reader in readers]
        await asyncio.to_thread(write)
        await asyncio.gather(*following)
    return readers


@pytest.mark.parametrize(
    ("database_url", "there_for"),
    [("sqlite", EPOCHS), ("sqlite", 0), ("postgresql", EPOCHS), ("postgresql", EPOCHS // 2)],
    indirect=["database_url"],
)
def test_no_gap_and_no_repeat(
    database_url: str, tmp_path: Path, redis: RedisServer, there_for: int
) -> None:
    """Redis wakes the readers for so many epochs; then it is gone."""
    if there_for:
        redis.start()
    database = Database(database_url)
    settings = Settings(home=tmp_path, database_url=database_url, redis_url=redis.url)
    with serve(settings) as client:
        search_ids = [submit(client) for _ in range(SEARCHES)]

        def write() -> None:
            leases = [start(database, search_id) for search_id in search_ids]
            for epoch in range(EPOCHS):
                if epoch == there_for:
                    redis.stop()
                for lease in leases:
                    with database.write() as session:
                        event = NewEvent(type="epoch_finished", message=f"epoch {epoch}")
                        record(session, lease, event=event)
            for lease in leases:
                with database.write() as session:
                    succeed(session, lease, NewEvent(type="succeeded", message="done"))

        readers = asyncio.run(read_while(str(client.base_url), search_ids, write))
    database.close()
    assert [reader.seen for reader in readers] == [list(range(1, EVENTS + 1))] * READERS
    assert sum(reader.connections for reader in readers) > 2 * READERS
