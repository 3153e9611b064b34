"""What an attempt at a check leaves, however it goes."""

from pathlib import Path

from sqlalchemy import delete

from store.artifact_folder import FolderStore
from store.database import Database
from store.dataset_report import DatasetReport
from store.datasets import queue_check
from store.states import ErrorCode, JobState
from store.tables import Check, DatasetRow, Job
from tests.support.attempts import run_attempt
from tests.support.image_archives import archive_of
from tests.support.images import make_image_folder
from tests.support.jobs import event_types, job_of, state_of
from tests.support.sent_datasets import store_images


def queue_check_of(database: Database, row: DatasetRow | None = None) -> str:
    """Queue a check of a data set that was sent; None: of the folder `pets`."""
    with database.write() as session:
        check = queue_check(
            session,
            "local",
            name="pets",
            dataset_id=None if row is None else row.id,
            digest=None if row is None else row.digest,
            mark="as it is now",
            max_attempts=3,
        )
        return check.id


def report_of(database: Database, check_id: str) -> DatasetReport:
    with database.read() as session:
        report = session.get_one(Check, check_id).report
    assert report is not None
    return DatasetReport.from_dict(report)


def keep(database: Database, home: Path) -> DatasetRow:
    return store_images(database, FolderStore(home / "artifacts"), archive_of())


def test_it_tells_the_digest_under_which_images_are_kept(
    database: Database, tmp_path: Path
) -> None:
    row = keep(database, tmp_path)
    check_id = queue_check_of(database, row)
    run_attempt(database, tmp_path)
    assert report_of(database, check_id).digest == row.digest
    assert event_types(database, check_id)[-1] == "succeeded"


def test_the_same_images_in_a_folder_have_the_same_digest(
    database: Database, tmp_path: Path
) -> None:
    sent = queue_check_of(database, keep(database, tmp_path))
    run_attempt(database, tmp_path)
    folder = next(path for path in (tmp_path / "datasets").iterdir() if path.is_dir())
    (folder / "pets").rename(tmp_path / "pets")
    (tmp_path / "data").mkdir()
    (tmp_path / "pets").rename(tmp_path / "data" / "pets")
    shared = queue_check_of(database)
    run_attempt(database, tmp_path)
    assert report_of(database, shared).digest == report_of(database, sent).digest


def test_one_that_is_interrupted_begins_anew(database: Database, tmp_path: Path) -> None:
    check_id = queue_check_of(database, keep(database, tmp_path))
    run_attempt(database, tmp_path, at_step=lambda _: True)
    assert state_of(database, check_id) is JobState.QUEUED
    run_attempt(database, tmp_path)
    assert state_of(database, check_id) is JobState.SUCCEEDED


def test_one_whose_data_set_is_deleted_meanwhile_ends(database: Database, tmp_path: Path) -> None:
    check_id = queue_check_of(database, keep(database, tmp_path))

    def delete_it(step: int) -> bool:
        if step == 1:
            with database.write() as session:
                session.execute(delete(Job).where(Job.id == check_id))
        return False

    run_attempt(database, tmp_path, at_step=delete_it)
    with database.read() as session:
        assert session.get(Check, check_id) is None


def test_one_of_a_folder_that_is_gone_says_so(database: Database, tmp_path: Path) -> None:
    train = make_image_folder(tmp_path / "data")
    check_id = queue_check_of(database)
    train.parent.rename(tmp_path / "elsewhere")
    run_attempt(database, tmp_path)
    assert job_of(database, check_id).error_code is ErrorCode.DATASET_UNAVAILABLE


def test_one_whose_samples_have_no_room_tells_the_rest(database: Database, tmp_path: Path) -> None:
    check_id = queue_check_of(database, keep(database, tmp_path))
    (tmp_path / "artifacts" / check_id).write_text("a file where their folder would be")
    run_attempt(database, tmp_path)
    assert state_of(database, check_id) is JobState.SUCCEEDED
    assert report_of(database, check_id).images == 8
    with database.read() as session:
        assert session.get_one(Check, check_id).samples_key is None
