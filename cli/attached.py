"""Becomes another program, which the kernel ends when the process that started it dies.

`python attached.py PARENT COMMAND…`: where the kernel can do so (Linux), the program gets SIGTERM
when its parent ends for whatever reason, SIGKILL included. The parent must start it from its main
thread, for the kernel watches the thread. The file is run by its path and needs no package.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def attached(command: Sequence[str]) -> list[str]:
    """Return the command that starts this one attached to the calling process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def main(arguments: Sequence[str]) -> None:
    """Attach this process to its parent and become the command."""
    parent, *command = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        sys.exit("the process that started this one has ended")
    os.execvp(command[0], command)  # noqa: S606  the command is our own, and no shell is the point


if __name__ == "__main__":
    main(sys.argv[1:])
