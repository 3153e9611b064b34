"""Keeps programs running: starts them in order and stops them in reverse order."""

import time
from collections.abc import Callable, Sequence

from cli.processes import Child, Death, Program, RestartPolicy

_LOOK_SECONDS = 0.05


class Supervisor:
    """Programs in layers: each layer needs the ones before it."""

    def __init__(
        self, layers: Sequence[Sequence[Program]], *, policy: RestartPolicy | None = None
    ) -> None:
        policy = policy or RestartPolicy()
        self._layers = [[Child(program, policy) for program in layer] for layer in layers]

    @property
    def children(self) -> list[Child]:
        """All children, in the order in which they start."""
        return [child for layer in self._layers for child in layer]

    def start(self) -> None:
        """Start every program."""
        for child in self.children:
            child.start()

    def keep_running(self) -> list[Death]:
        """Restart what has ended and is due; return the deaths since the last call.

        Raises:
            KeepsEnding: a program has ended too often.
        """
        deaths = [child.keep_running() for child in self.children]
        return [death for death in deaths if death is not None]

    def stop(self, *, in_a_hurry: Callable[[], bool] = lambda: False) -> None:
        """Stop every program, the last layer first; a program that takes too long is killed."""
        for layer in reversed(self._layers):
            for child in layer:
                child.ask_to_stop()
            asked_at = time.monotonic()
            while not in_a_hurry() and any(child.is_stopping(asked_at) for child in layer):
                time.sleep(_LOOK_SECONDS)
            for child in layer:
                child.kill()
