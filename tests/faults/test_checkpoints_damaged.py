"""An attempt finds that the previous attempt's checkpoints are damaged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from store.database import Database
from tests.support import failpoints
from tests.support.failpoints import Failpoint
from tests.support.jobs import SearchRecord, events_of, queue_search, take_from_its_worker
from tests.support.one_attempt import attempt_environment, start_attempt
from tests.support.outcomes import SHORT, assert_ended_well, count_events

Damage = Callable[[Path], None]
FIFTH_WRITTEN = Failpoint("commit", "after", 9)
"""Where the job points to its fifth checkpoint, in the second stage."""


def tear(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.fixture
def environment(database: Database, tmp_path: Path) -> dict[str, str]:
    return attempt_environment(tmp_path, database)


@pytest.fixture
def search_id(database: Database, environment: dict[str, str], tmp_path: Path) -> str:
    """A search whose attempt died when five checkpoints had been written, two of them kept."""
    search_id = queue_search(database, **SHORT)
    killed = environment | FIFTH_WRITTEN.environment
    assert start_attempt(killed, tmp_path, first=(failpoints.MODULE,)).wait() < 0
    assert count_events(database, search_id)["epoch_finished"] == 4
    return search_id


@pytest.fixture
def kept(search_id: str, tmp_path: Path) -> list[Path]:
    """The files of its checkpoints, the newest first."""
    return sorted((tmp_path / "artifacts" / search_id / "checkpoints").iterdir(), reverse=True)


def run_to_its_end(database: Database, search_id: str, environment: dict[str, str]) -> None:
    take_from_its_worker(database, search_id)
    folder = Path(environment["PDARTS_HOME"])
    assert start_attempt(environment, folder).wait() == 0


def rejections(database: Database, search_id: str) -> int:
    return count_events(database, search_id)["checkpoint_rejected"]


@pytest.mark.parametrize(
    ("how_many", "damage"),
    [
        (1, flip),
        (1, Path.unlink),
        (2, tear),
        # The same damage to as many, or the same number damaged otherwise.
        pytest.param(1, tear, marks=pytest.mark.slow),
        pytest.param(2, flip, marks=pytest.mark.slow),
        pytest.param(2, Path.unlink, marks=pytest.mark.slow),
    ],
)
def test_search_goes_on_from_the_one_before_or_begins_anew(
    database: Database,
    search_id: str,
    kept: list[Path],
    environment: dict[str, str],
    short: SearchRecord,
    damage: Damage,
    how_many: int,
) -> None:
    for path in kept[:how_many]:
        damage(path)
    run_to_its_end(database, search_id, environment)
    # Of what is gone, only the one that the job's row names is missed.
    assert rejections(database, search_id) == (1 if damage is Path.unlink else how_many)
    assert_ended_well(database, search_id, short, redone=1 if how_many == 1 else 4)


@pytest.mark.slow
def test_older_one_that_is_damaged_is_not_missed(
    database: Database,
    search_id: str,
    kept: list[Path],
    environment: dict[str, str],
    short: SearchRecord,
) -> None:
    flip(kept[1])
    run_to_its_end(database, search_id, environment)
    assert rejections(database, search_id) == 0
    assert_ended_well(database, search_id, short)


def test_rejection_names_the_file_and_the_reason(
    database: Database, search_id: str, kept: list[Path], environment: dict[str, str]
) -> None:
    flip(kept[0])
    run_to_its_end(database, search_id, environment)
    (line,) = [e for e in events_of(database, search_id) if e.type == "checkpoint_rejected"]
    assert line.data["key"].endswith(kept[0].name)
    assert "has changed since it was written" in line.message
