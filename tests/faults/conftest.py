"""What an undisturbed job leaves, and workers to disturb."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from tests.support.databases import sqlite_database
from tests.support.fleet import Fleet, fleet
from tests.support.jobs import SearchRecord
from tests.support.one_attempt import attempt_environment, start_attempt
from tests.support.outcomes import SHORT, STEPPED, TARGETS, Record, Target

_SECONDS_OF_A_TEST = 600
"""A test waits for much, each with a time limit of its own; the first also for torch to load."""

Fleets = Callable[[int], AbstractContextManager[Fleet]]


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
def make_fleet(tmp_path: Path, database_url: str) -> Fleets:
    """Start so many workers on each of the two databases."""
    return lambda workers: fleet(tmp_path, database_url, workers=workers)
