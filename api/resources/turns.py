"""Turns at what only so many can do at a time, shared fairly between owners.

Of those who wait, the one goes first whose owner has the fewest turns just now, or else waits the
longest for the next one. So whoever sends a hundred costly requests at once makes others wait for
one of them, not for a hundred.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """So many at a time. Of one event loop."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._granted = 0
        self._held: Counter[str] = Counter()
        self._last: dict[str, int] = {}
        """The number of each owner's last turn, while the owner has or awaits one."""
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def of(self, owner: str) -> AsyncIterator[None]:
        """Wait for a turn, and have it while the block runs."""
        if self._free:
            self._grant(owner)
        else:
            await self._wait(owner)
        try:
            yield
        finally:
            self._give_back(owner)

    async def _wait(self, owner: str) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back(owner)
            raise

    def _grant(self, owner: str) -> None:
        self._free -= 1
        self._granted += 1
        self._held[owner] += 1
        self._last[owner] = self._granted

    def _give_back(self, owner: str) -> None:
        self._free += 1
        self._held[owner] -= 1
        while self._free and self._waiting:
            self._grant_next()
        if not self._held[owner]:
            del self._held[owner]
            if owner not in self._waiting:
                del self._last[owner]

    def _grant_next(self) -> None:
        owner = min(self._waiting, key=self._place_in_queue)
        waiting = self._waiting[owner]
        turn = waiting.popleft()
        if not waiting:
            del self._waiting[owner]
        if not turn.done():
            self._grant(owner)
            turn.set_result(None)

    def _place_in_queue(self, owner: str) -> tuple[int, int]:
        return self._held[owner], self._last.get(owner, 0)
