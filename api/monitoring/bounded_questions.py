"""Blocking questions whose answer may never come: asked in a thread, awaited for a bounded time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import anyio

T = TypeVar("T")

_THREADS = 4
_READY_SECONDS = 3.0


class BoundedQuestions:
    """Asks something that may hang. Only a few questions may hang at once, each in a thread."""

    def __init__(self, *, seconds: float = _READY_SECONDS) -> None:
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


@dataclass(frozen=True, kw_only=True)
class ReadinessQuestions:
    """One for each thing that the service needs, so that none of them holds up the others."""

    database: BoundedQuestions = field(default_factory=BoundedQuestions)
    broker: BoundedQuestions = field(default_factory=BoundedQuestions)
    artifacts: BoundedQuestions = field(default_factory=BoundedQuestions)
    datasets: BoundedQuestions = field(default_factory=BoundedQuestions)
