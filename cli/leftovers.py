"""What a killed `pdarts up` has left behind: its programs, which end by themselves.

All programs of a home inherit one open file with a lock on it. The kernel keeps the lock until the
last of them has ended, however that one ended, and whoever started it.
"""

import fcntl
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cli.errors import AlreadyInUse
from cli.home import Home
from cli.listening import listen
from cli.stop_signals import StopSignals
from cli.terminal import say, warn
from store.private_files import open_private

_LOOK_SECONDS = 0.05


class Programs:
    """The programs of a home, known by the lock that they share."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        """The open file that each program must inherit."""

    def take_over_later(self) -> None:
        """Take the lock over as soon as the last program of an earlier start has ended."""
        # The lock belongs to the open file, and so to every program that has inherited that.
        own = os.dup(self.descriptor)
        threading.Thread(target=_wait_for_lock, args=(own,), daemon=True).start()

    def take_over(self) -> bool:
        """Tell whether none of an earlier start is left; if so, take the lock for this start."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _wait_for_lock(descriptor: int) -> None:
    with open(descriptor, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)


@contextmanager
def programs_of(home: Home) -> Iterator[Programs]:
    """Open the lock that a home's programs share. Call it only while holding the home."""
    with open_private(home.programs_lock, "ab") as file:
        yield Programs(file.fileno())


def listen_after(
    programs: Programs,
    address: tuple[str, int],
    stop_signals: StopSignals,
    *,
    patience_seconds: float,
) -> socket.socket | None:
    """Listen on an address once an earlier start's programs have ended; None if asked to stop.

    The port is taken as soon as it is free: who calls meanwhile waits, and is not refused.

    Args:
        programs: those of the home.
        address: host and port.
        stop_signals: end the wait.
        patience_seconds: after which what is left counts as another program.

    Raises:
        AlreadyInUse: another program listens there.
        UnfitMachine: this machine cannot listen there.
    """
    listening: socket.socket | None = None
    deadline: float | None = None
    while not stop_signals.asked:
        # In this order: what ends in between has let go of its port.
        is_alone = programs.take_over()
        is_over = deadline is not None and time.monotonic() > deadline
        try:
            listening = listening or listen(*address)
        except AlreadyInUse:
            if is_alone or is_over:
                raise
        if is_alone:
            return listening
        if is_over:
            warn(["programs of an earlier start are still running; starting anyway"])
            programs.take_over_later()
            return listening
        if deadline is None:
            say("An earlier start on this home was killed; waiting for its programs to end.")
            deadline = time.monotonic() + patience_seconds
        stop_signals.wait(_LOOK_SECONDS)
    if listening is not None:
        listening.close()
    return None
