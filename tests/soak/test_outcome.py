"""The soak sees it when a job is lost, ends twice or ends differently."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from store.database import Database
from store.history import NewEvent, change_job
from store.model_files import model_folder
from store.states import JobState
from store.tables import Check, Epoch, Event, Job
from tests.api.work import end_well, make_epoch, make_stage
from tests.soak.checks import check_record_of, make_folder, queue_check_of
from tests.soak.outcome import JobOutcome, judge
from tests.support.jobs import SearchRecord, queue_search, record_of
from worker.datasets.inspection.files_mark import mark_of_files_in

WELL = JobOutcome(takeovers=0, is_lost=False, is_doubled=False, is_different=False)


@pytest.fixture
def ended(database: Database) -> tuple[str, SearchRecord]:
    """A search that nothing happened to, and what it left."""
    search_id = queue_search(database)
    with database.write() as session:
        session.add_all([make_stage(search_id, 1), make_epoch(search_id, 1, 1)])
    end_well(database, search_id, 2)
    return search_id, record_of(database, search_id)


def lose(database: Database, search_id: str) -> None:
    with database.write() as session:
        session.execute(update(Job).where(Job.id == search_id).values(state=JobState.FAILED))


def end_again(database: Database, search_id: str) -> None:
    with database.write() as session:
        change_job(session, search_id, event=NewEvent(type="succeeded", message="again"))


def tell_of_an_epoch_twice(database: Database, search_id: str) -> None:
    for _ in range(2):
        told = NewEvent(type="epoch_finished", message="", data={"stage": 1, "epoch": 1})
        with database.write() as session:
            change_job(session, search_id, event=told)


def train_otherwise(database: Database, search_id: str) -> None:
    with database.write() as session:
        bits = Epoch.train_loss + 2.0**-40
        session.execute(update(Epoch).where(Epoch.search_id == search_id).values(train_loss=bits))


def skip_a_number(database: Database, search_id: str) -> None:
    with database.write() as session:
        last = (Event.job_id == search_id) & (Event.type == "succeeded")
        session.execute(update(Event).where(last).values(seq=Event.seq + 1))


@pytest.mark.parametrize(
    ("wrong", "seen"),
    [
        (lose, {"is_lost": True}),
        (end_again, {"is_doubled": True}),
        (tell_of_an_epoch_twice, {"is_doubled": True}),
        (train_otherwise, {"is_different": True}),
        (skip_a_number, {"is_different": True}),
    ],
)
def test_what_went_wrong_is_seen(
    database: Database,
    tmp_path: Path,
    ended: tuple[str, SearchRecord],
    wrong: Callable[[Database, str], None],
    seen: dict[str, bool],
) -> None:
    search_id, record = ended
    assert judge(database, tmp_path, search_id, record) == WELL
    wrong(database, search_id)
    assert judge(database, tmp_path, search_id, record) == JobOutcome(**vars(WELL) | seen)


def test_a_check_that_found_something_else_is_seen(database: Database, tmp_path: Path) -> None:
    check_id = queue_check_of(database, max_attempts=3, seed=2)
    end_well(database, check_id)
    with database.write() as session:
        session.get_one(Check, check_id).report = {"findings": []}
    record = check_record_of(database, check_id)
    assert judge(database, tmp_path, check_id, record) == WELL
    other = replace(record, report={"findings": ["black"]})
    assert judge(database, tmp_path, check_id, other).is_different


def test_a_check_finds_the_same_in_a_folder_that_was_made_again(tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("first", "second")]
    for home in homes:
        make_folder(home, seed=2)
    first, second = (mark_of_files_in(home / "data" / "images_2") for home in homes)
    assert first == second


def test_file_that_is_there_besides_is_seen(
    database: Database, tmp_path: Path, ended: tuple[str, SearchRecord]
) -> None:
    search_id, record = ended
    models = tmp_path / "artifacts" / model_folder(search_id)
    models.mkdir(parents=True)
    (models / "last.pt").write_bytes(b"of a dead attempt")
    seen = judge(database, tmp_path, search_id, record)
    assert seen == JobOutcome(**vars(WELL) | {"is_different": True})
