"""Work that no request waits for."""

import contextlib
import queue
import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Generic, TypeVar

T = TypeVar("T")


class BackgroundQueue(Generic[T]):
    """Handles items one after another in its own thread; losing one must do no harm."""

    def __init__(self, name: str, handle: Callable[[T], object], *, most_waiting: int) -> None:
        """Prepare the thread. `handle` must raise nothing."""
        self._handle = handle
        self._waiting: queue.Queue[tuple[Context, T] | None] = queue.Queue(maxsize=most_waiting)
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_seconds: float = 2.0) -> None:
        """Let the thread handle what is waiting, but for no longer than this."""
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)
            self._thread.join(timeout_seconds)

    def put(self, item: T) -> None:
        """Have an item handled soon; drop it when too many wait."""
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait((copy_context(), item))

    def _work(self) -> None:
        while (entry := self._waiting.get()) is not None:
            # Logs and traces show it as part of the request that asked for it.
            context, item = entry
            context.run(self._handle, item)
