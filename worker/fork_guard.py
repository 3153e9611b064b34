"""Keeps a process from forking while one of its threads does something that must not be split."""

import os
import threading
from types import TracebackType
from typing import Self

_LONGEST_WAIT_SECONDS = 10.0


class ForkGuard:
    """A block that a fork waits for, up to a limit.

    A fork in the middle of it would leave the new process with half a connection, or with a lock
    that nobody releases. But a hanging database must not keep the main process from its signals.
    """

    def __init__(self) -> None:
        self._working = threading.Lock()
        self._held_for_fork = False

    def register(self) -> None:
        """Make every fork of this process wait from now on."""
        os.register_at_fork(
            before=self._before_fork,
            after_in_parent=self._after_fork,
            after_in_child=self._after_fork,
        )

    def __enter__(self) -> Self:
        self._working.acquire()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._working.release()

    def _before_fork(self) -> None:
        self._held_for_fork = self._working.acquire(timeout=_LONGEST_WAIT_SECONDS)

    def _after_fork(self) -> None:
        if self._held_for_fork:
            self._working.release()
