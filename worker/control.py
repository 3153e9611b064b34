"""What an attempt's work must obey: its lease, its watchdog, and the wishes of others."""

from collections.abc import Callable
from dataclasses import dataclass

from store.lease import LeaseLost
from worker.checkpoints import NewCheckpoint
from worker.heartbeat import Heartbeat
from worker.watchdog import Watchdog

Snapshot = Callable[[], NewCheckpoint]
"""Copies what the job needs to continue from where it is."""


class Stopped(Exception):
    """The attempt stops here because its job's owner or its worker wants it to."""

    def __init__(self, checkpoint: NewCheckpoint | None) -> None:
        super().__init__()
        self.checkpoint = checkpoint
        """Where the job can continue; None before its first step, or if it will not continue."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """What work checks in with between its steps."""

    job_id: str
    heartbeat: Heartbeat
    watchdog: Watchdog
    must_leave: Callable[[], bool]
    """Tells whether the process is to end."""

    def went_on(self) -> None:
        """Report that the work is going on: without this, the process is ended after a while."""
        self.watchdog.feed()

    def stop_if_wanted(self, snapshot: Snapshot | None = None) -> None:
        """Stop the work here if it is not to continue.

        Args:
            snapshot: copies what the job continues from; None if there is nothing new.

        Raises:
            LeaseLost: the attempt must stop.
            Stopped: the owner or the worker wants it to stop.
        """
        if not self.heartbeat.is_held:
            raise LeaseLost(self.job_id)
        wishes = self.heartbeat.wishes
        if wishes.cancel:
            raise Stopped(checkpoint=None)
        if wishes.pause or self.must_leave():
            raise Stopped(snapshot and snapshot())
