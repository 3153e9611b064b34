"""Makes a process fail at a chosen moment; imported first by the processes that tests start.

The product knows nothing of it: commits, messages, renames and fsyncs are wrapped from outside.
"""

import errno
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import kombu
from sqlalchemy import event
from sqlalchemy.orm import Session

MODULE = __name__
_VARIABLE = "TEST_FAILPOINT"
_FOREVER = 1e6

Step = Literal["commit", "publish", "rename", "fsync"]
When = Literal["before", "after"]
Act = Literal["exit", "hang", "disk full"]


@dataclass(frozen=True)
class Failpoint:
    """What happens at the so-manieth time that something is done."""

    step: Step
    when: When
    number: int
    act: Act = "exit"
    where: Literal["first process", "forked process"] = "first process"
    """A worker's main process is the first; its searches run in processes forked from it."""

    @property
    def environment(self) -> dict[str, str]:
        words = (self.step, self.when, str(self.number), self.act, self.where)
        return {_VARIABLE: ":".join(words)}

    @classmethod
    def from_environment(cls) -> "Failpoint":
        step, when, number, act, where = os.environ[_VARIABLE].split(":")
        return cls(step, when, int(number), act, where)  # type: ignore[arg-type]


class _Trap:
    def __init__(self, failpoint: Failpoint) -> None:
        self._failpoint = failpoint
        self._first_process = os.getpid()
        self._count = 0
        os.register_at_fork(after_in_child=self._start_anew)

    def reach(self, step: Step, when: When) -> None:
        wanted = self._failpoint
        in_first = os.getpid() == self._first_process
        if (step, when) != (wanted.step, wanted.when):
            return
        if in_first != (wanted.where == "first process"):
            return
        # Those of the heartbeat come at no certain place.
        if threading.current_thread().name == "heartbeat":
            return
        self._count += 1
        if self._count == wanted.number:
            self._act()

    def _act(self) -> None:
        if self._failpoint.act == "exit":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self._failpoint.act == "hang":
            time.sleep(_FOREVER)
        else:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _start_anew(self) -> None:
        self._count = 0


def _around(trap: _Trap, step: Step, done: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*args: Any, **words: Any) -> Any:
        trap.reach(step, "before")
        result = done(*args, **words)
        trap.reach(step, "after")
        return result

    return wrapped


def _set() -> None:
    trap = _Trap(Failpoint.from_environment())
    event.listen(Session, "before_commit", lambda _: trap.reach("commit", "before"))
    event.listen(Session, "after_commit", lambda _: trap.reach("commit", "after"))
    os.replace = _around(trap, "rename", os.replace)
    os.fsync = _around(trap, "fsync", os.fsync)
    kombu.Producer.publish = _around(trap, "publish", kombu.Producer.publish)  # type: ignore[method-assign]


if _VARIABLE in os.environ:
    _set()
