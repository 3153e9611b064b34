"""Work that no request waits for."""

import contextlib
import queue
import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Generic, TypeVar

T = TypeVar("T")


class BackgroundQueue(Generic[T]):
    """Handles one item after another in a thread of its own; what it loses must do no harm."""

    def __init__(self, name: str, handle: Callable[[T], object], *, most_waiting: int) -> None:
        """Prepare the thread. `handle` must raise nothing."""
        self._handle = handle
        self._waiting: queue.Queue[tuple[Context, T] | None] = queue.Queue(maxsize=most_waiting)
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_seconds: float = 2.0) -> None:
        """Let the thread handle what waits, but not for longer than this."""
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)
            self._thread.join(timeout_seconds)

    def put(self, item: T) -> None:
        """Have an item handled soon; drop it when too many wait."""
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait((copy_context(), item))

    def _work(self) -> None:
        while (entry := self._waiting.get()) is not None:
            # As part of the request that asked for it, for logs and traces.
            context, item = entry
            context.run(self._handle, item)
