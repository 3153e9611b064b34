"""Keeps the host from running ahead of the device.

A host that issues steps faster than the device takes them would issue a whole epoch in a burst and
then wait for minutes, in which nobody could stop the training or see how far it has got.
"""

from collections.abc import Callable
from typing import Protocol

import torch

STEPS_AHEAD = 2
"""How many steps may be issued that the device has not finished."""


class Event(Protocol):
    """A place in the device's work."""

    def record(self) -> None:
        """Put it after all that was asked of the device so far."""

    def synchronize(self) -> None:
        """Return when the device has come to it."""


class Brake:
    """Waits, at each step, for the step before the last; on a CPU, where nothing runs ahead, never.

    Args:
        device: that takes the steps.
        make_event: makes an event of the device.
    """

    def __init__(
        self,
        device: torch.device,
        make_event: Callable[[torch.device], Event] = torch.Event,
    ) -> None:
        runs_ahead = device.type != "cpu"
        self._events = [make_event(device) for _ in range(STEPS_AHEAD)] if runs_ahead else []
        self._steps = 0

    def step_issued(self) -> None:
        """Note that a step was asked of the device; wait if the host is too far ahead."""
        if not self._events:
            return
        event = self._events[self._steps % STEPS_AHEAD]
        if self._steps >= STEPS_AHEAD:
            event.synchronize()
        event.record()
        self._steps += 1
