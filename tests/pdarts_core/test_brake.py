"""The host never issues more than two steps that the device has not finished."""

import torch

from pdarts_core.training.brake import Brake

Told = list[tuple[str, int]]


class NumberedEvent:
    """An event that tells which step it stands after."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._step = 0

    def record(self) -> None:
        self._step = 1 + sum(what == "issued" for what, _ in self._told)
        self._told.append(("issued", self._step))

    def synchronize(self) -> None:
        self._told.append(("waited for", self._step))


def steps_on(device: str, steps: int) -> Told:
    told: Told = []
    brake = Brake(torch.device(device), lambda _: NumberedEvent(told))
    for _ in range(steps):
        brake.step_issued()
    return told


def test_each_step_waits_for_the_one_before_the_last() -> None:
    assert steps_on("cuda", 4) == [
        ("issued", 1),
        ("issued", 2),
        ("waited for", 1),
        ("issued", 3),
        ("waited for", 2),
        ("issued", 4),
    ]


def test_on_a_cpu_nothing_runs_ahead() -> None:
    assert steps_on("cpu", 4) == []
