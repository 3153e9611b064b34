"""An attempt dies just before or just after any one commit, message, rename or fsync of a job.

Every moment that an undisturbed attempt comes to is known. One attempt is killed at it, and another
goes on. Unless TEST_EVERY_POINT is set, that is a sample: one of each kind of moment of a search,
chosen by a seed, on one database or the other, and one of them all of an evaluation. `make test`
leaves out half of a search's: each step is there, before it or after it.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from store.database import Database
from store.model_files import StoredFormat
from store.states import JobState
from tests.support import failpoints
from tests.support.failpoints import Failpoint, Moment, Step, listed_in, listing_to
from tests.support.jobs import state_of, take_from_its_worker
from tests.support.one_attempt import attempt_environment, start_attempt
from tests.support.outcomes import EPOCHS, STAGES, TARGETS, Record, Target, assert_ended_well
from tests.support.servers import RedisServer

CHECKPOINTS = len(EPOCHS) + len(STAGES)
EPOCHS_OF_AN_EVALUATION = len(TARGETS["evaluation"].epochs)
MODELS = 2 * len(get_args(StoredFormat))
AFTER_THE_TEST = 1
"""Checkpoints."""
PICTURES = 1
FILES = EPOCHS_OF_AN_EVALUATION + AFTER_THE_TEST + MODELS + PICTURES
"""Of an evaluation."""
TIMES: dict[str, dict[Step, int]] = {
    "search": {
        "commit": CHECKPOINTS + len(STAGES) + 3,
        "publish": 1,
        "rename": CHECKPOINTS,
        "fsync": 2 * CHECKPOINTS,
    },
    "evaluation": {
        "commit": EPOCHS_OF_AN_EVALUATION + AFTER_THE_TEST + 5,
        "publish": 1,
        "rename": FILES,
        "fsync": 2 * FILES,
    },
}
"""How often an attempt comes to each: it rings once, for another job that waits at its end."""
MOMENTS = [Moment(step, when) for step in TIMES["search"] for when in ("before", "after")]
SEED = 7
LEFT_OUT = (1, 2, 5, 6)
"""Places of moments that are slow; their neighbours are of the same step."""


def chosen_numbers() -> list[Any]:
    """Return which time of which moment of which kind of job is tried on which database."""
    systems = ("sqlite", "postgresql")
    if "TEST_EVERY_POINT" in os.environ:
        return [
            pytest.param(system, kind, moment, number + 1)
            for system in systems
            for kind, times in TIMES.items()
            for moment in MOMENTS
            for number in range(times[moment.step])
        ]
    chance = random.Random(SEED)
    return [
        pytest.param(
            systems[place // 2 % 2],
            kind,
            moment,
            chance.randint(1, times[moment.step]),
            marks=_marks_of(kind, place),
        )
        for kind, times in TIMES.items()
        for place, moment in enumerate(MOMENTS)
    ]


def _marks_of(kind: str, place: int) -> list[pytest.MarkDecorator]:
    if kind != "search":
        return [pytest.mark.sampled]
    return [pytest.mark.slow] if place in LEFT_OUT else []


@pytest.fixture
def environment(database: Database, redis_server: RedisServer, tmp_path: Path) -> dict[str, str]:
    return attempt_environment(tmp_path, database) | {"PDARTS_REDIS_URL": redis_server.url}


@pytest.mark.parametrize("kind", TIMES)
def test_moments_are_all_known(
    database: Database, environment: dict[str, str], tmp_path: Path, kind: str
) -> None:
    target = TARGETS[kind]
    for _ in range(2):
        target.queue(database, **target.short)
    moments = tmp_path / "moments"
    listing = environment | listing_to(moments)
    assert start_attempt(listing, tmp_path, first=(failpoints.MODULE,)).wait() == 0
    assert Counter(listed_in(moments)) == {moment: TIMES[kind][moment.step] for moment in MOMENTS}


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("database_url", "kind", "moment", "number"),
    chosen_numbers(),
    indirect=["database_url"],
    ids=lambda value: " ".join(value) if isinstance(value, Moment) else None,
)
def test_job_ends_as_if_it_had_not_died(
    database: Database,
    environment: dict[str, str],
    tmp_path: Path,
    undisturbed: Callable[[Target, Mapping[str, Any]], Record],
    kind: str,
    moment: Moment,
    number: int,
) -> None:
    target = TARGETS[kind]
    expected = undisturbed(target, target.short)
    job_id, _ = (target.queue(database, **target.short) for _ in range(2))
    killed = environment | Failpoint(*moment, number).environment
    assert start_attempt(killed, tmp_path, first=(failpoints.MODULE,)).wait() < 0
    if state_of(database, job_id) is JobState.RUNNING:
        take_from_its_worker(database, job_id)
    if state_of(database, job_id) is JobState.QUEUED:
        assert start_attempt(environment, tmp_path).wait() == 0
    assert_ended_well(database, job_id, expected, home=tmp_path)
