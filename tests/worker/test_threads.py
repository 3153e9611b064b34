"""With how many threads of a CPU an attempt computes."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from store.database import Database
from tests.support.attempts import run_attempt
from tests.support.evaluation_jobs import queue_evaluation
from tests.support.jobs import queue_search
from worker.devices import at_most_threads

_WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("queue", [queue_search, queue_evaluation])
def test_steps_on_small_images_take_one_and_leave_all_to_the_next_job(
    queue: Callable[[Database], str], database: Database, tmp_path: Path
) -> None:
    during = []

    def at_step(_step: int) -> bool:
        during.append(torch.get_num_threads())
        return True

    queue(database)
    run_attempt(database, tmp_path, at_step=at_step)
    assert during == [1]
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize(("most", "used"), [(1, 1), (2, 2), (3, 2)])
def test_no_more_are_used_than_there_are(most: int, used: int) -> None:
    with at_most_threads(most):
        assert torch.get_num_threads() == used


@pytest.mark.parametrize(
    ("set_before", "waits"),
    [
        ({}, ("passive", "1000")),
        ({"GOMP_SPINCOUNT": "7"}, ("passive", "7")),
        ({"OMP_WAIT_POLICY": "active"}, ("active", "None")),
    ],
)
def test_waiting_threads_sleep_soon_unless_the_operator_decides_otherwise(
    set_before: dict[str, str], waits: tuple[str, str]
) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in _WAITING} | set_before
    told = subprocess.run(
        [sys.executable, "-c", f"import os, worker; print(*map(os.environ.get, {_WAITING}))"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert tuple(told.stdout.split()) == waits
