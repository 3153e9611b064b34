"""How fast an owner's costly requests follow each other.

While a request's body is read and checked, the interpreter does nothing else. So an owner has one
such body looked into at a time, and rests for a multiple of what that took: others have the most
of a process whatever one of them sends.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_RECEIVING_AT_ONCE = 4
"""Large bodies of an owner. More, since some may come in slowly."""
_REST = 3.0
"""Times what it took to look into a body."""
SECONDS_A_BYTE = 3e-7
"""Of rest, for what it took to receive it."""
_LONGEST_REST = 0.25
"""Seconds; what took longer has waited for something else, such as the database."""
_MOST_KEPT = 1000


@dataclass(kw_only=True)
class _Owner:
    users: int = 0
    receiving: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(_RECEIVING_AT_ONCE)
    )
    working: asyncio.Lock = field(default_factory=asyncio.Lock)
    rests_until: float = 0.0


class Pace:
    """Has each owner's costly requests wait for each other. Of one event loop."""

    def __init__(self) -> None:
        self._owners: dict[str, _Owner] = {}

    @asynccontextmanager
    async def receiving(self, owner: str) -> AsyncIterator[None]:
        """Wait until a large body of the owner may be received and looked into; do so inside."""
        async with self._of(owner) as one, one.receiving:
            yield

    @asynccontextmanager
    async def working(self, owner: str, size: int) -> AsyncIterator[None]:
        """Wait until a body of so many bytes may be looked into; do so inside."""
        async with self._of(owner) as one, one.working:
            await asyncio.sleep(one.rests_until - time.monotonic())
            begun_at = time.monotonic()
            try:
                yield
            finally:
                ended_at = time.monotonic()
                rest = (ended_at - begun_at) * _REST + size * SECONDS_A_BYTE
                one.rests_until = ended_at + min(rest, _LONGEST_REST)

    @asynccontextmanager
    async def _of(self, owner: str) -> AsyncIterator[_Owner]:
        if len(self._owners) > _MOST_KEPT:
            now = time.monotonic()
            for name, other in list(self._owners.items()):
                if not other.users and other.rests_until < now:
                    del self._owners[name]
        one = self._owners.setdefault(owner, _Owner())
        one.users += 1
        try:
            yield one
        finally:
            one.users -= 1
