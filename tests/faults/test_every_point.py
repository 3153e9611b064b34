"""An attempt dies just before or just after any one commit, message, rename or fsync of a search.

Every moment that an undisturbed attempt comes to is known. One attempt is killed at it, and another
goes on. Unless TEST_EVERY_POINT is set, that is a sample: one of each kind, chosen by a seed, on
one database or the other.
"""

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from store.database import Database
from store.states import JobState
from tests.support import failpoints
from tests.support.failpoints import Failpoint, Moment, Step, listed_in, listing_to
from tests.support.jobs import SearchRecord, queue_search, state_of, take_from_its_worker
from tests.support.one_attempt import attempt_environment, start_attempt
from tests.support.outcomes import EPOCHS, SHORT, STAGES, assert_ended_well
from tests.support.servers import RedisServer

CHECKPOINTS = len(EPOCHS) + len(STAGES)
TIMES: dict[Step, int] = {
    "commit": CHECKPOINTS + len(STAGES) + 3,
    "publish": 1,
    "rename": CHECKPOINTS,
    "fsync": 2 * CHECKPOINTS,
}
"""How often an attempt comes to each: it rings once, for another search that waits at its end."""
KINDS = [Moment(step, when) for step in TIMES for when in ("before", "after")]
SEED = 7


def chosen_numbers() -> list[tuple[str, Moment, int]]:
    """Return which time of which moment is tried on which database."""
    systems = ("sqlite", "postgresql")
    if "TEST_EVERY_POINT" in os.environ:
        numbered = [(kind, number + 1) for kind in KINDS for number in range(TIMES[kind.step])]
        return [(system, *point) for system in systems for point in numbered]
    chance = random.Random(SEED)
    return [
        (systems[place // 2 % 2], kind, chance.randint(1, TIMES[kind.step]))
        for place, kind in enumerate(KINDS)
    ]


@pytest.fixture
def environment(database: Database, redis_server: RedisServer, tmp_path: Path) -> dict[str, str]:
    return attempt_environment(tmp_path, database) | {"PDARTS_REDIS_URL": redis_server.url}


def test_moments_are_all_known(
    database: Database, environment: dict[str, str], tmp_path: Path
) -> None:
    for _ in range(2):
        queue_search(database, **SHORT)
    moments = tmp_path / "moments"
    listing = environment | listing_to(moments)
    assert start_attempt(listing, tmp_path, first=(failpoints.MODULE,)).wait() == 0
    assert Counter(listed_in(moments)) == {kind: TIMES[kind.step] for kind in KINDS}


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("database_url", "kind", "number"),
    chosen_numbers(),
    indirect=["database_url"],
    ids=lambda value: " ".join(value) if isinstance(value, Moment) else None,
)
def test_search_ends_as_if_it_had_not_died(
    database: Database,
    environment: dict[str, str],
    tmp_path: Path,
    short: SearchRecord,
    kind: Moment,
    number: int,
) -> None:
    search_id, _ = (queue_search(database, **SHORT) for _ in range(2))
    killed = environment | Failpoint(*kind, number).environment
    assert start_attempt(killed, tmp_path, first=(failpoints.MODULE,)).wait() < 0
    if state_of(database, search_id) is JobState.RUNNING:
        take_from_its_worker(database, search_id)
    if state_of(database, search_id) is JobState.QUEUED:
        assert start_attempt(environment, tmp_path).wait() == 0
    assert_ended_well(database, search_id, short)
