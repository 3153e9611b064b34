"""Blocking questions whose answer may never come: asked in a thread, awaited for a bounded time."""

from collections.abc import Callable
from typing import TypeVar

import anyio

T = TypeVar("T")

_THREADS = 4


class Probe:
    """Asks a thing that may hang. So many questions may hang at once, and no more threads."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._threads = anyio.CapacityLimiter(_THREADS)

    async def ask(self, question: Callable[[], T]) -> T:
        """Return the answer.

        Raises:
            TimeoutError: it did not come in time. The thread ends when the question does.
        """
        with anyio.fail_after(self._seconds):
            return await anyio.to_thread.run_sync(
                question, abandon_on_cancel=True, limiter=self._threads
            )
