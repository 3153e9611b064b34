"""How much a search does in all when its attempt ends in the middle of an epoch.

Counted are steps and validated batches: after each of them an attempt may stop.
"""

from pathlib import Path

import pytest

from store.database import Database
from tests.support.attempts import run_attempt
from tests.support.jobs import SearchRecord, queue_search, take_from_its_worker
from tests.support.outcomes import EPOCHS, STEPPED, assert_ended_well

STEPS_PER_EPOCH = 4
"""Two of training, and two batches of validation."""
STEPS = STEPS_PER_EPOCH * len(EPOCHS)


class Killed(BaseException):
    """Ends an attempt as nothing ends one that is in order: it writes nothing more."""


def steps_to_the_end(database: Database, home: Path) -> int:
    """Run an attempt, and return how many steps it takes."""
    taken = 0

    def count(step: int) -> bool:
        nonlocal taken
        taken = step
        return False

    run_attempt(database, home, at_step=count)
    return taken


@pytest.mark.sampled
@pytest.mark.parametrize("last", [1, 2, 3, 5])
def test_none_after_a_drain(
    database: Database, tmp_path: Path, stepped: SearchRecord, last: int
) -> None:
    search_id = queue_search(database, **STEPPED)
    run_attempt(database, tmp_path, at_step=lambda step: step == last)
    assert last + steps_to_the_end(database, tmp_path) == STEPS
    assert_ended_well(database, search_id, stepped)


@pytest.mark.sampled
@pytest.mark.parametrize("last", [1, 2, 3, 5])
def test_after_a_kill_those_of_the_unfinished_epoch(
    database: Database, tmp_path: Path, stepped: SearchRecord, last: int
) -> None:
    def die(step: int) -> bool:
        if step == last:
            raise Killed
        return False

    search_id = queue_search(database, **STEPPED)
    with pytest.raises(Killed):
        run_attempt(database, tmp_path, at_step=die)
    take_from_its_worker(database, search_id)
    # The last batch of an epoch is told of with the epoch's end alone.
    unfinished = (last - 1) % STEPS_PER_EPOCH + 1
    assert last - unfinished + steps_to_the_end(database, tmp_path) == STEPS
    assert_ended_well(database, search_id, stepped)
