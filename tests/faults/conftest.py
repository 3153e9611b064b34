"""What an undisturbed job leaves, and workers to disturb."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from store.kinds import KINDS, Kind
from tests.support.databases import sqlite_database
from tests.support.fleet import Fleet, fleet
from tests.support.jobs import SearchRecord
from tests.support.one_attempt import attempt_environment, start_attempt
from tests.support.outcomes import (
    SHORT,
    STEPPED,
    TARGETS,
    Record,
    Target,
    assert_ended_well,
)

_SECONDS_OF_A_TEST = 600
"""A test waits for much, each with a time limit of its own; the first also for torch to load."""

Fleets = Callable[[int], AbstractContextManager[Fleet]]
EITHER_KIND = pytest.mark.parametrize(
    "kind", ["search", pytest.param("evaluation", marks=pytest.mark.slow)]
)
"""For tests of a `Subject`: what runs jobs of any kind is the same for both, so that `make test`
takes the first."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A job of one kind that something happens to, and what it leaves if nothing does."""

    kind: Kind
    target: Target
    spec: Mapping[str, Any]
    undisturbed: Record

    def queue(self, database: Database, *, max_attempts: int = 20, **changes: Any) -> str:
        """Queue it; a busy machine does not make it fail."""
        return self.target.queue(database, max_attempts=max_attempts, **{**self.spec, **changes})

    @property
    def body(self) -> dict[str, Any]:
        """What a client sends to submit it."""
        return self.target.spec(**self.spec)

    def assert_ended_well(self, database: Database, job_id: str) -> None:
        """Wait for the end, which must be that of the undisturbed job."""
        assert_ended_well(database, job_id, self.undisturbed)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(_SECONDS_OF_A_TEST))


@pytest.fixture(scope="session")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Callable[[Target, Mapping[str, Any]], Record]:
    """What a job leaves that runs from its start to its end in one process."""
    records: dict[str, Record] = {}

    def run(target: Target, changes: Mapping[str, Any]) -> Record:
        key = f"{target.record} {changes}"
        if key not in records:
            folder = tmp_path_factory.mktemp("undisturbed")
            with sqlite_database(sqlite_template, folder) as url:
                database = Database(url)
                job_id = target.queue(database, **changes)
                environment = attempt_environment(folder, database)
                assert start_attempt(environment, folder).wait(120) == 0
                records[key] = target.record(database, job_id)
                database.close()
        return records[key]

    return run


@pytest.fixture
def short(undisturbed: Callable[..., SearchRecord]) -> SearchRecord:
    return undisturbed(TARGETS["search"], SHORT)


@pytest.fixture
def stepped(undisturbed: Callable[..., SearchRecord]) -> SearchRecord:
    return undisturbed(TARGETS["search"], STEPPED)


@pytest.fixture
def subject(kind: str, undisturbed: Callable[..., Record]) -> Subject:
    """A job of the test's kind, with epochs of two steps."""
    target = TARGETS[kind]
    return Subject(
        kind=KINDS[kind],
        target=target,
        spec=target.stepped,
        undisturbed=undisturbed(target, target.stepped),
    )


@pytest.fixture
def make_fleet(tmp_path: Path, database_url: str) -> Fleets:
    """Start so many workers on each of the two databases."""
    return lambda workers: fleet(tmp_path, database_url, workers=workers)
