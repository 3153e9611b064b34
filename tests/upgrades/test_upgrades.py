"""What earlier revisions wrote is read and gone on with; see README.md."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from store.database import Database
from store.settings import Settings
from store.states import JobState
from store.tables import Job, Search, Stage
from tests.support.attempts import run_attempt
from tests.support.http_service import serve
from tests.support.jobs import SearchRecord, event_types, queue_search, record_of, state_of
from tests.support.servers import RedisServer
from tests.upgrades.archives import upgraded_home
from tests.upgrades.comparing import assert_same, leaves, names

ARCHIVES = sorted(Path(__file__).parent.glob("from_*.zip"))


@dataclass(frozen=True, kw_only=True)
class Upgraded:
    """An old home after its upgrade, its stopped search gone on with, and a new equal search."""

    home: Path
    database: Database
    finished: str
    resumed: str
    fresh: str
    steps_resumed: int
    steps_fresh: int


class StepCount:
    """Counts an attempt's steps and lets it go on."""

    def __init__(self) -> None:
        self.steps = 0

    def __call__(self, step: int) -> bool:
        self.steps = step
        return False


@pytest.fixture(scope="module", params=ARCHIVES, ids=lambda path: path.stem)
def upgraded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Upgraded]:
    home = tmp_path_factory.mktemp("home")
    database = Database(upgraded_home(request.param, home))
    resumed_steps, fresh_steps = StepCount(), StepCount()
    finished, stopped = (only(database, state) for state in (JobState.SUCCEEDED, JobState.QUEUED))
    run_attempt(database, home, at_step=resumed_steps)
    fresh = queue_search(database, **as_it_was_read(spec_of(database, finished)))
    run_attempt(database, home, at_step=fresh_steps)
    yield Upgraded(
        home=home,
        database=database,
        finished=finished,
        resumed=stopped,
        fresh=fresh,
        steps_resumed=resumed_steps.steps,
        steps_fresh=fresh_steps.steps,
    )
    database.close()


def only(database: Database, state: JobState) -> str:
    with database.read() as session:
        return session.scalars(select(Job.id).where(Job.state == state)).one()


def spec_of(database: Database, search_id: str) -> dict[str, Any]:
    with database.read() as session:
        return session.get_one(Job, search_id).spec


def as_it_was_read(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a spec with what stood for a field of today that it lacks."""
    return {"crop_padding": 4} | spec


def told(database: Database, search_id: str) -> dict[str, Any]:
    record: SearchRecord = record_of(database, search_id)
    return dict(leaves(vars(record)))


def signals_of(database: Database, search_id: str) -> tuple[Any, list[Any]]:
    """Return the signals of a search and of its stages."""
    with database.read() as session:
        stages = select(Stage.signal).where(Stage.search_id == search_id).order_by(Stage.stage)
        return session.get_one(Search, search_id).signal, list(session.scalars(stages))


@pytest.mark.sampled
def test_a_stopped_search_goes_on_from_its_checkpoint(upgraded: Upgraded) -> None:
    assert state_of(upgraded.database, upgraded.resumed) is JobState.SUCCEEDED
    types = event_types(upgraded.database, upgraded.resumed)
    assert "checkpoint_rejected" not in types
    assert types.count("stage_started") == types.count("operations_pruned") == 3
    assert upgraded.steps_resumed < upgraded.steps_fresh


def test_its_result_is_that_of_the_uninterrupted_search(upgraded: Upgraded) -> None:
    then, now, resumed = (
        told(upgraded.database, search_id)
        for search_id in (upgraded.finished, upgraded.fresh, upgraded.resumed)
    )
    assert resumed.keys() == then.keys() == now.keys()
    if now == then:  # this processor rounds as the one did that wrote the archive
        assert resumed == then
    assert_same(resumed, then)
    assert_same(now, then)


def test_what_ended_before_signals_were_measured_has_none(upgraded: Upgraded) -> None:
    assert signals_of(upgraded.database, upgraded.finished) == (None, [None] * 3)
    of_search, (first, *later) = signals_of(upgraded.database, upgraded.resumed)
    assert (of_search, first) == (None, None)
    assert all(later)


@pytest.mark.parametrize(
    "what", ["", "/stages", "/epochs", "/genotypes", "/genotype", "/stages/2", "/alphas?stage=2"]
)
def test_old_rows_answer_with_every_field(
    upgraded: Upgraded, redis_server: RedisServer, what: str
) -> None:
    url = upgraded.database.url.render_as_string(hide_password=False)
    settings = Settings(home=upgraded.home, database_url=url, redis_url=redis_server.url)
    with serve(settings) as client:
        old, resumed, new = (
            client.get(f"/searches/{search_id}{what}").raise_for_status().json()
            for search_id in (upgraded.finished, upgraded.resumed, upgraded.fresh)
        )
    assert names(old) == names(resumed) == names(new)
