"""Ends what goes on under a key when the key does: event streams, and waits for news.

One look a process asks the database about all keys under which somebody waits.
"""

import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager

import anyio
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from api.resources.news import Watch
from api.resources.security import Caller
from store.database import Database
from store.keys import valid_keys

LOOK_SECONDS = 1.0
"""Between two looks."""

logger = logging.getLogger(__name__)


class KeyWatch:
    """Everyone in this process who waits under a key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watches: dict[str, set[Watch]] = defaultdict(set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look while the block runs."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._look)
            yield
            tasks.cancel_scope.cancel()

    @contextmanager
    def dismissing(self, watch: Watch, caller: Caller) -> Iterator[None]:
        """Dismiss the one who watches if the caller's key ends while the block runs."""
        if caller.key is None:
            yield
            return
        key_id = caller.key.id
        self._watches[key_id].add(watch)
        try:
            yield
        finally:
            self._watches[key_id].discard(watch)
            if not self._watches[key_id]:
                del self._watches[key_id]

    async def _look(self) -> None:
        while True:
            await anyio.sleep(LOOK_SECONDS)
            wanted = set(self._watches)
            if not wanted:
                continue
            try:
                valid = await run_in_threadpool(self._read, wanted)
            except SQLAlchemyError as error:
                logger.warning("the database does not answer: %s", error)
                continue
            for key_id in wanted - valid:
                for watch in self._watches.get(key_id, ()):
                    watch.dismiss()

    def _read(self, key_ids: Collection[str]) -> set[str]:
        with self._database.read() as session:
            return valid_keys(session, key_ids)
