"""Lets a process end with the one that started it."""

import ctypes
import os
import sys
from signal import Signals

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def signal_when_parent_ends(parent: int, signal: Signals) -> bool:
    """Have the kernel send this process a signal as soon as the one that started it is gone.

    Where the kernel cannot do so (other systems than Linux), no signal comes.

    Args:
        parent: the id of the one that started it; it may be gone by now.
        signal: what it gets.

    Returns:
        Whether the one that started it is still there.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal)
    return os.getppid() == parent
