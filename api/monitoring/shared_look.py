"""A look at something that costs the same however many wait for it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SharedLook(Generic[T]):
    """Looks once at a time; who comes meanwhile is told the same."""

    def __init__(self) -> None:
        self._under_way: asyncio.Task[T] | None = None

    async def take(self, look: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what is seen now, or by the look that is under way."""
        if self._under_way is None:
            self._under_way = asyncio.create_task(look())
            self._under_way.add_done_callback(self._end)
        # Shielded: others wait for it, too, when this caller leaves.
        return await asyncio.shield(self._under_way)

    def _end(self, _: asyncio.Task[T]) -> None:
        self._under_way = None
