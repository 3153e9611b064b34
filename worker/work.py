"""What an attempt asks of a kind of job.

To add a kind, write a module below worker.kinds that makes a WorkerKind, and register it there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.orm import Session

from store.kinds import Kind
from store.lease import Progress
from store.settings import Settings
from worker.claims import ClaimedJob
from worker.control import Control
from worker.failures import Failure
from worker.journal import Journal

if TYPE_CHECKING:  # kinds that compute nothing are run without torch
    from worker.ranks.following import Follow


class Work(Protocol):
    """What one attempt at a job runs."""

    @property
    def progress(self) -> Progress | None:
        """How far the job has got; read by another thread. None while that is not known."""

    def run(self, journal: Journal, control: Control) -> None:
        """Run the job from where it is to its end, and finish it.

        Between any two steps it asks `control` whether it may go on.

        Raises:
            LeaseLost: the attempt must stop.
            Stopped: its owner or its worker wants it to stop.
            Exception: the job has failed.
        """


@dataclass(frozen=True, kw_only=True)
class Results:
    """The files that jobs of a kind end with, among the artifacts."""

    prefixes: Callable[[str], tuple[str, ...]]
    """Returns what the keys of a job's files begin with."""
    named: Callable[[Session, Sequence[str]], set[str]]
    """Returns the keys that the rows of some jobs name. Attempts that died or were late left the
    others."""


@dataclass(frozen=True, kw_only=True)
class WorkerKind:
    """A worker's half of a kind of job."""

    kind: Kind
    prepare: Callable[[ClaimedJob, Settings], Work]
    """Makes an attempt's work. An exception from it fails the job."""
    failure_of: Callable[[Exception], Failure | None] = lambda _: None
    """Returns what an error means to the job's owner; None for an error without special meaning."""
    follow: "Follow | None" = None
    """Runs the job in the other processes of an attempt on several devices; None if it takes one
    only."""
    results: Results | None = None
    """The files that its jobs end with, if late ones are to be swept."""
