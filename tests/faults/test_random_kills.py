"""A job whose attempts are killed again and again, anywhere, ends as if they had not been.

The places are chosen by a seed among all that a job comes to, a search in each stage and on both
sides of each boundary; the moment is a random while after the job has come there. As many kills as
TEST_KILLS says are made of each kind of job, or a few.
"""

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from store.states import JobState
from tests.support.jobs import events_of, state_of, take_from_its_worker
from tests.support.one_attempt import attempt_environment, start_attempt
from tests.support.outcomes import EPOCHS, STAGES, TARGETS, Record, Target, assert_ended_well
from tests.support.servers import wait_until

KILLS = int(os.environ.get("TEST_KILLS", "0"))
"""Of each kind of job; 0 for a few."""
KILLS_OF_A_JOB = 5
LONGEST_WHILE_SECONDS = 0.2
SEED = 7
TOLD = {"stage_started", "epoch_finished", "operations_pruned", "training_started", "dataset_ready"}


@dataclass(frozen=True, kw_only=True)
class Course:
    """The places that a job of one kind comes to: it can die after any of them."""

    places: int
    """How many lines it tells of data sets, stages, epochs and prunings."""
    boundaries: Sequence[int]
    """So many are told where it goes from one thing to another: every job dies there."""
    few_kills: int

    def in_turn(self, chance: random.Random) -> Iterator[int]:
        """Yield places, every one of them before any again; the boundaries come first."""
        others = [place for place in range(self.places + 1) if place not in self.boundaries]
        for _ in count():
            yield from (*self.boundaries, *chance.sample(others, len(others)))


COURSES = {
    # A stage has been pruned, and the next has not begun.
    "search": Course(
        places=1 + 2 * len(STAGES) + len(EPOCHS),
        boundaries=[1 + 4 * number for number in range(1, len(STAGES))],
        few_kills=5,
    ),
    # Its test images have been opened; it tests, and stores its network.
    "evaluation": Course(places=5, boundaries=[5], few_kills=5),
}


def place_of(database: Database, job_id: str) -> int:
    """Return how many lines are told, each counted once."""
    told = [event for event in events_of(database, job_id) if event.type in TOLD]
    names = ("stage", "epoch", "images")
    return len({(event.type, *map(event.data.get, names)) for event in told})


def kill_attempts(
    database: Database, folder: Path, job_id: str, places: list[int], chance: random.Random
) -> int:
    """Kill an attempt after each place; return how many were alive to be killed."""
    killed = 0
    for place in sorted(places):
        attempt = start_attempt(attempt_environment(folder, database), folder)
        wait_until(
            lambda: place_of(database, job_id) >= place or attempt.poll() is not None,  # noqa: B023
            f"line {place} of {job_id}",
            60,
        )
        time.sleep(chance.uniform(0, LONGEST_WHILE_SECONDS))
        attempt.kill()
        killed += attempt.wait() < 0
        if state_of(database, job_id) is JobState.SUCCEEDED:
            break
        if state_of(database, job_id) is JobState.RUNNING:
            take_from_its_worker(database, job_id)
    return killed


@pytest.mark.sampled
@pytest.mark.timeout(600 + 10 * KILLS)
@pytest.mark.parametrize("kind", COURSES)
def test_result_is_that_of_a_job_that_was_not_killed(
    database: Database,
    tmp_path: Path,
    undisturbed: Callable[[Target, Mapping[str, Any]], Record],
    kind: str,
) -> None:
    target = TARGETS[kind]
    expected = undisturbed(target, target.stepped)
    chance = random.Random(SEED)
    places = COURSES[kind].in_turn(chance)
    killed = 0
    while killed < (KILLS or COURSES[kind].few_kills):
        job_id = target.queue(database, max_attempts=20, **target.stepped)
        chosen = [next(places) for _ in range(KILLS_OF_A_JOB)]
        killed += kill_attempts(database, tmp_path, job_id, chosen, chance)
        if state_of(database, job_id) is JobState.QUEUED:
            environment = attempt_environment(tmp_path, database)
            assert start_attempt(environment, tmp_path).wait() == 0
        assert_ended_well(database, job_id, expected, home=tmp_path)
