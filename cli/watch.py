"""Runs programs until the process is asked to stop, and shows on the terminal what matters."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cli.home import explained
from cli.log_lines import LogTail
from cli.processes import Death, Program
from cli.stop_signals import StopSignals
from cli.supervisor import Supervisor
from cli.terminal import say, warn

LOOK_SECONDS = 0.2


class Watch:
    """Programs that run, seen from a terminal."""

    def __init__(self, supervisor: Supervisor, stop_signals: StopSignals) -> None:
        self._supervisor = supervisor
        self._stop_signals = stop_signals
        programs = [child.program for child in supervisor.children if child.program.is_shown]
        self._tails = [(p.name, LogTail(p.log)) for p in programs if p.log is not None]

    def look(self) -> list[Death]:
        """Wait a moment, restart what has ended, and show the logs' warnings.

        Raises:
            KeepsEnding: a program has ended too often.
            UnfitMachine: a log cannot be written.
        """
        self._stop_signals.wait(LOOK_SECONDS)
        if self.is_to_stop:
            return []
        for name, tail in self._tails:
            warn(f"{name} | {line}" for line in tail.noteworthy())
        with explained("cannot write the logs"):
            return self._supervisor.keep_running()

    @property
    def is_to_stop(self) -> bool:
        """Tell whether Ctrl-C or SIGTERM came."""
        return self._stop_signals.asked

    def until_told_to_stop(self) -> None:
        """Keep everything running. Raises what `look` raises."""
        while not self.is_to_stop:
            warn(f"{death}; restarting in {death.again_in_seconds:g} s" for death in self.look())


@contextmanager
def running(layers: Sequence[Sequence[Program]], stop_signals: StopSignals) -> Iterator[Watch]:
    """Start the programs, and stop them all when the block ends, however it ends."""
    supervisor = Supervisor(layers)
    watch = Watch(supervisor, stop_signals)
    try:
        with explained("cannot start the service"):
            supervisor.start()
        yield watch
    finally:
        try:
            if watch.is_to_stop:
                say(
                    "",
                    "Stopping; a running job returns to the queue."
                    " Ctrl-C again ends everything at once.",
                )
        finally:
            # Also if the terminal is gone and takes no more output.
            supervisor.stop(in_a_hurry=stop_signals.asked_again)
