"""A search whose attempts are killed again and again, anywhere, ends as if they had not been.

The places are chosen by a seed among all that a search comes to, in each stage and on both sides
of each boundary; the moment is a random while after the search has come there. As many kills as
TEST_KILLS says are made, or a few.
"""

import os
import random
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from store.database import Database
from store.states import JobState
from tests.support.jobs import SearchRecord, events_of, queue_search, state_of, take_from_its_worker
from tests.support.one_attempt import attempt_environment, start_attempt
from tests.support.outcomes import EPOCHS, STAGES, STEPPED, assert_ended_well
from tests.support.servers import wait_until

KILLS = int(os.environ.get("TEST_KILLS", "10"))
KILLS_OF_A_SEARCH = 5
LONGEST_WHILE_SECONDS = 0.2
SEED = 7
TOLD = {"stage_started", "epoch_finished", "operations_pruned"}
PLACES = 2 * len(STAGES) + len(EPOCHS)
"""How many lines a search tells of stages, epochs and prunings: it can die after any of them."""
BOUNDARIES = tuple(4 * number for number in range(1, len(STAGES)))
"""So many are told when a stage has been pruned and the next has not begun."""


def make_places(chance: random.Random) -> Iterator[int]:
    """Yield places, every one of them before any again; the boundaries come first."""
    for _ in count():
        others = [place for place in range(PLACES + 1) if place not in BOUNDARIES]
        yield from (*BOUNDARIES, *chance.sample(others, len(others)))


def place_of(database: Database, search_id: str) -> int:
    """Return how many lines are told, each counted once."""
    told = [event for event in events_of(database, search_id) if event.type in TOLD]
    return len({(event.type, event.data["stage"], event.data.get("epoch")) for event in told})


def kill_attempts(
    database: Database, folder: Path, search_id: str, places: list[int], chance: random.Random
) -> int:
    """Kill an attempt after each place; return how many were alive to be killed."""
    killed = 0
    for place in sorted(places):
        attempt = start_attempt(attempt_environment(folder, database), folder)
        wait_until(
            lambda: place_of(database, search_id) >= place or attempt.poll() is not None,  # noqa: B023
            f"line {place} of {search_id}",
            60,
        )
        time.sleep(chance.uniform(0, LONGEST_WHILE_SECONDS))
        attempt.kill()
        killed += attempt.wait() < 0
        if state_of(database, search_id) is JobState.SUCCEEDED:
            break
        if state_of(database, search_id) is JobState.RUNNING:
            take_from_its_worker(database, search_id)
    return killed


@pytest.mark.timeout(60 + 10 * KILLS)
def test_result_is_that_of_a_search_that_was_not_killed(
    database: Database, tmp_path: Path, stepped: SearchRecord
) -> None:
    chance = random.Random(SEED)
    places = make_places(chance)
    killed = 0
    while killed < KILLS:
        search_id = queue_search(database, max_attempts=20, **STEPPED)
        chosen = [next(places) for _ in range(KILLS_OF_A_SEARCH)]
        killed += kill_attempts(database, tmp_path, search_id, chosen, chance)
        if state_of(database, search_id) is JobState.QUEUED:
            environment = attempt_environment(tmp_path, database)
            assert start_attempt(environment, tmp_path).wait() == 0
        assert_ended_well(database, search_id, stepped)
