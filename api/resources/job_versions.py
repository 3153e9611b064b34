"""Which version each job is at, for clients that poll.

A poll costs little more than its change of threads, so polls share one: those that come in while
the database is being asked wait for its next answer, which is for all of them.
"""

import asyncio
from collections.abc import Collection, Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import NamedTuple

import anyio
from sqlalchemy import bindparam, select

from api.http.errors import NotFound
from api.resources.security import Caller
from store.database import Database
from store.kinds import kind_of_id
from store.tables import Job

_MOST_AT_ONCE = 500

_JOBS = Job.__table__.c
_VERSIONS = select(_JOBS.id, _JOBS.owner, _JOBS.version, _JOBS.state).where(
    _JOBS.id.in_(bindparam("ids", expanding=True)),
    _JOBS.owner.in_(bindparam("owners", expanding=True)),
)


@dataclass(frozen=True, kw_only=True)
class JobVersion:
    """What says whether anything is new about a job."""

    version: int
    has_ended: bool


class _Key(NamedTuple):
    owner: str
    job_id: str


_Found = Mapping[_Key, JobVersion]


class JobVersions:
    """Asks the database once for everyone who wants to know. For one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[_Key, asyncio.Future[_Found]]] = []
        self._is_asking = False
        self._asking_on: asyncio.Task[None] | None = None
        self._thread = anyio.CapacityLimiter(1)

    async def read(self, caller: Caller, job_id: str) -> JobVersion:
        """Return the version of one of the caller's jobs.

        Raises:
            NotFound: there is none with this id.
        """
        key = _Key(caller.owner, job_id)
        found = await (self._wait_for_turn(key) if self._is_asking else self._ask_first(key))
        if key not in found:
            kind = kind_of_id(job_id)
            raise NotFound.named(kind.noun if kind else "job", job_id)
        return found[key]

    async def _wait_for_turn(self, key: _Key) -> _Found:
        answer: asyncio.Future[_Found] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        return await answer

    async def _ask_first(self, key: _Key) -> _Found:
        self._is_asking = True
        try:
            return await self._ask([key])
        finally:
            if self._waiting:
                # In no context: those who came meanwhile are many requests.
                self._asking_on = asyncio.create_task(self._ask_on(), context=Context())
            else:
                self._is_asking = False

    async def _ask_on(self) -> None:
        while self._waiting:
            asked = self._waiting[:_MOST_AT_ONCE]
            del self._waiting[:_MOST_AT_ONCE]
            try:
                found = await self._ask({key for key, _ in asked})
            except Exception as error:  # noqa: BLE001  passed on to those who asked
                for _, answer in asked:
                    if not answer.done():
                        answer.set_exception(error)
            else:
                for _, answer in asked:
                    if not answer.done():
                        answer.set_result(found)
        self._is_asking = False

    async def _ask(self, keys: Collection[_Key]) -> _Found:
        return await anyio.to_thread.run_sync(self._find, keys, limiter=self._thread)

    def _find(self, keys: Collection[_Key]) -> _Found:
        wanted = {
            "ids": [key.job_id for key in keys],
            "owners": list({key.owner for key in keys}),
        }
        with self._database.connect() as connection:
            return {
                _Key(row.owner, row.id): JobVersion(
                    version=row.version, has_ended=row.state.is_final
                )
                for row in connection.execute(_VERSIONS, wanted)
            }
