"""How an attempt's work is held to its lease, to its watchdog, and to what others want of it."""

from collections.abc import Callable
from dataclasses import dataclass

from store.lease import LeaseLost
from worker.checkpoints import NewCheckpoint
from worker.heartbeat import Heartbeat
from worker.watchdog import Watchdog

Snapshot = Callable[[], NewCheckpoint]
"""Copies what the job needs to go on from where it is."""


class Stopped(Exception):
    """The attempt ends where it may, as its job's owner or its worker wants it to."""

    def __init__(self, checkpoint: NewCheckpoint | None) -> None:
        super().__init__()
        self.checkpoint = checkpoint
        """Where the job can go on; None before its first step, and for one that will not."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """What work passes by between its steps."""

    job_id: str
    heartbeat: Heartbeat
    watchdog: Watchdog
    must_leave: Callable[[], bool]
    """Tells that the process is to end."""

    def went_on(self) -> None:
        """Tell that something went on: the process is ended if nothing does for long."""
        self.watchdog.feed()

    def stop_if_wanted(self, snapshot: Snapshot | None = None) -> None:
        """Stop the work here if it is not to go on.

        Args:
            snapshot: of what the job goes on from; None where that is nothing new.

        Raises:
            LeaseLost: the attempt must stop.
            Stopped: it is wanted to.
        """
        if not self.heartbeat.is_held:
            raise LeaseLost(self.job_id)
        wishes = self.heartbeat.wishes
        if wishes.cancel:
            raise Stopped(checkpoint=None)
        if wishes.pause or self.must_leave():
            raise Stopped(snapshot and snapshot())
