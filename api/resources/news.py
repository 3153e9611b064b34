"""Who waits for news of which job, and how they are woken.

Redis tells of changes as they are committed. Whether it does or not, one look a process asks the
database which of the jobs that are waited for have changed: often without Redis, seldom with
it. And whoever waits looks from time to time for himself.
"""

import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager

import anyio
import redis.asyncio
from fastapi.concurrency import run_in_threadpool
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from store.database import Database
from store.news import CHANNEL, redis_client_url
from store.tables import Job

PATIENCE_SECONDS = 10.0
"""After which whoever waits looks without having been woken."""
_LOOK_SECONDS = 0.5
"""Between two looks for all, while Redis tells nothing."""
_IDLE_LOOK_SECONDS = 1.0
"""While it does."""
_MESSAGE_SECONDS = 5.0
_PAUSE_SECONDS = 1.0
_IDS_A_QUERY = 500

logger = logging.getLogger(__name__)


class Watch:
    """One who waits for news of a job."""

    def __init__(self) -> None:
        self._woken = anyio.Event()
        self._is_dismissed = False

    @property
    def is_dismissed(self) -> bool:
        """Tell whether whoever waits is to be told nothing more."""
        return self._is_dismissed

    def expect(self) -> None:
        """Wait from now on: what is woken for after this is not missed."""
        self._woken = anyio.Event()

    def wake(self) -> None:
        """Tell that there may be news."""
        self._woken.set()

    def dismiss(self) -> None:
        """Have whoever waits be told nothing more."""
        self._is_dismissed = True
        self.wake()

    async def wait(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until there may be news, or for so long."""
        with anyio.move_on_after(seconds):
            await self._woken.wait()


class NewsBoard:
    """Everyone in this process who waits for news of jobs."""

    def __init__(self, database: Database, redis_url: str) -> None:
        self._database = database
        self._redis_url = redis_client_url(redis_url)
        self._watches: dict[str, set[Watch]] = defaultdict(set)
        self._is_told = False
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Tell whether the process is about to stop, so that nobody is to wait any longer."""
        return self._is_closed

    def close(self) -> None:
        """Wake everyone, since the process is about to stop."""
        self._is_closed = True
        for job_id in self._watches:
            self._wake(job_id)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen and look while the block runs."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._listen)
            tasks.start_soon(self._look)
            yield
            tasks.cancel_scope.cancel()

    @contextmanager
    def watch(self, job_id: str) -> Iterator[Watch]:
        """Be woken for news of a job while the block runs."""
        watch = Watch()
        self._watches[job_id].add(watch)
        try:
            yield watch
        finally:
            self._watches[job_id].discard(watch)
            if not self._watches[job_id]:
                del self._watches[job_id]

    def _wake(self, job_id: str) -> None:
        for watch in self._watches.get(job_id, ()):
            watch.wake()

    async def _listen(self) -> None:
        while self._redis_url is not None:
            try:
                await self._listen_once(self._redis_url)
            except (RedisError, OSError) as error:
                logger.debug("no word from Redis: %s", error)
            finally:
                self._is_told = False
            await anyio.sleep(_PAUSE_SECONDS)

    async def _listen_once(self, url: str) -> None:
        async with (
            redis.asyncio.Redis.from_url(
                url, socket_connect_timeout=2, health_check_interval=10
            ) as client,
            client.pubsub(ignore_subscribe_messages=True) as subscription,
        ):
            await subscription.subscribe(CHANNEL)
            self._is_told = True
            while True:
                message = await subscription.get_message(timeout=_MESSAGE_SECONDS)
                if message is not None:
                    self._wake(message["data"].decode())

    async def _look(self) -> None:
        known: Mapping[str, tuple[int, int]] = {}
        while True:
            await anyio.sleep(_IDLE_LOOK_SECONDS if self._is_told else _LOOK_SECONDS)
            wanted = list(self._watches)
            if not wanted:
                known = {}
                continue
            try:
                found = await run_in_threadpool(self._read, wanted)
            except SQLAlchemyError as error:
                logger.warning("the database does not answer: %s", error)
                continue
            for job_id in wanted:
                if known.get(job_id) != found.get(job_id):
                    self._wake(job_id)
            known = found

    def _read(self, job_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        with self._database.read() as session:
            for first in range(0, len(job_ids), _IDS_A_QUERY):
                some = job_ids[first : first + _IDS_A_QUERY]
                rows = session.execute(
                    select(Job.id, Job.version, Job.event_seq).where(Job.id.in_(some))
                )
                found |= {job_id: (version, seq) for job_id, version, seq in rows}
        return found
