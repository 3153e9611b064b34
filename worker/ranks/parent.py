"""What a process owes the one that started it: a word when it is ready, and to end with it."""

import os
import signal
import sys

from worker.parent_death import signal_when_parent_ends
from worker.ranks.task import LEFT_ALONE


def end_with(parent: int) -> None:
    """Have the kernel kill this process as soon as the one that started it is gone, no sooner.

    Whoever ends all of a worker's processes asks this one too; but the attempt, which then takes
    its last step, needs it until it has.

    Args:
        parent: the id of the one that started it; it may be gone by now.
    """
    if not signal_when_parent_ends(parent, signal.SIGKILL):
        sys.exit(LEFT_ALONE)
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, signal.SIG_IGN)


def say_ready() -> None:
    """Tell the process that started this one, which reads nothing else."""
    print("ready", flush=True)  # noqa: T201
    # Libraries may write as well: into a pipe that nobody reads, until it is full.
    os.dup2(2, 1)
