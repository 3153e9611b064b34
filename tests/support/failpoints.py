"""Makes a process fail at a chosen moment; imported first by the processes that tests start.

The product does not know about it: it wraps commits, messages, renames and fsyncs from outside.
"""

import errno
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import kombu
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

MODULE = __name__
_VARIABLE = "TEST_FAILPOINT"
_LIST_VARIABLE = "TEST_FAILPOINT_LIST"
_FOREVER = 1e6

Step = Literal["commit", "publish", "rename", "fsync"]
When = Literal["before", "after"]
Act = Literal["exit", "stop", "hang", "disk full", "reply lost"]


class Moment(NamedTuple):
    """Just before or just after something is done."""

    step: Step
    when: When


@dataclass(frozen=True)
class Failpoint:
    """What happens when a step is done for the `number`th time."""

    step: Step
    when: When
    number: int
    act: Act = "exit"
    where: Literal["first process", "forked process"] = "first process"
    """A worker's main process is the first; its searches run in processes forked from it."""
    once: Path | None = None
    """A file that marks that it has happened, so that it happens in one process only."""

    @property
    def environment(self) -> dict[str, str]:
        words = (self.step, self.when, str(self.number), self.act, self.where, self.once or "")
        return {_VARIABLE: "|".join(map(str, words))}

    @classmethod
    def from_environment(cls) -> "Failpoint":
        step, when, number, act, where, once = os.environ[_VARIABLE].split("|")
        mark = Path(once) if once else None
        return cls(step, when, int(number), act, where, mark)  # type: ignore[arg-type]


def listing_to(path: Path) -> dict[str, str]:
    """Return the variables that make a process list the moments it passes."""
    return {_LIST_VARIABLE: str(path)}


def listed_in(path: Path) -> list[Moment]:
    return [Moment(*line.split()) for line in path.read_text().splitlines()]  # type: ignore[arg-type]


class _Trap:
    """Acts when the process reaches the failpoint's moment."""

    def __init__(self, failpoint: Failpoint) -> None:
        self._failpoint = failpoint
        self._first_process = os.getpid()
        self._count = 0
        os.register_at_fork(after_in_child=self._start_anew)

    def reach(self, moment: Moment) -> None:
        wanted = self._failpoint
        in_first = os.getpid() == self._first_process
        if moment != (wanted.step, wanted.when) or in_first != (wanted.where == "first process"):
            return
        self._count += 1
        if self._count == wanted.number and self._is_first_time():
            self._act()

    def _is_first_time(self) -> bool:
        if self._failpoint.once is None:
            return True
        try:
            self._failpoint.once.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _act(self) -> None:
        match self._failpoint.act:
            case "exit":
                os.kill(os.getpid(), signal.SIGKILL)
            case "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "hang":
                time.sleep(_FOREVER)
            case "disk full":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            case "reply lost":
                raise OperationalError("COMMIT", {}, Exception("the connection was lost"))

    def _start_anew(self) -> None:
        self._count = 0


def _append_to(path: Path) -> Callable[[Moment], None]:
    def reach(moment: Moment) -> None:
        with path.open("a") as file:
            file.write(f"{moment.step} {moment.when}\n")

    return reach


def _but_not_of_heartbeats(reach: Callable[[Moment], None]) -> Callable[[Step, When], None]:
    def reach_certain(step: Step, when: When) -> None:
        # Those of the heartbeat come at unpredictable places.
        if threading.current_thread().name != "heartbeat":
            reach(Moment(step, when))

    return reach_certain


def _around(
    reach: Callable[[Step, When], None], step: Step, done: Callable[..., Any]
) -> Callable[..., Any]:
    def wrapped(*args: Any, **words: Any) -> Any:
        reach(step, "before")
        result = done(*args, **words)
        reach(step, "after")
        return result

    return wrapped


def _listen_to_commits(name: str, reach: Callable[[], None]) -> None:
    def on_commit(session: Session) -> None:
        # SQLAlchemy reports savepoints too.
        if not session.in_nested_transaction():
            reach()

    event.listen(Session, name, on_commit)


def _set(reach_any: Callable[[Moment], None]) -> None:
    reach = _but_not_of_heartbeats(reach_any)
    _listen_to_commits("before_commit", lambda: reach("commit", "before"))
    _listen_to_commits("after_commit", lambda: reach("commit", "after"))
    os.replace = _around(reach, "rename", os.replace)
    os.fsync = _around(reach, "fsync", os.fsync)
    kombu.Producer.publish = _around(reach, "publish", kombu.Producer.publish)  # type: ignore[method-assign]


if _VARIABLE in os.environ:
    _set(_Trap(Failpoint.from_environment()).reach)
if _LIST_VARIABLE in os.environ:
    _set(_append_to(Path(os.environ[_LIST_VARIABLE])))
