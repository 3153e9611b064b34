"""With how many threads of a CPU an attempt computes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from store.database import Database
from tests.support.attempts import run_attempt
from tests.support.evaluation_jobs import queue_evaluation
from tests.support.jobs import queue_search
from worker.devices import at_most_threads


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
