"""How a process ends with the one that started it."""

import ctypes
import os
import signal
import sys

from worker.ranks.task import LEFT_ALONE

_PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> None:
    """Have the kernel kill this process as soon as the one that started it is gone.

    Args:
        parent: the id of the one that started it; it may be gone by now.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(LEFT_ALONE)
