"""A job goes on with the images that it began with, or says that they have changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from store.datasets import mark_of_folder, queue_check
from store.history import NewEvent
from store.lifecycle import retry
from store.states import ErrorCode, JobState
from store.tables import Check
from tests.support.attempts import run_attempt
from tests.support.evaluation_jobs import queue_evaluation
from tests.support.images import make_image, make_image_folder
from tests.support.jobs import TINY_STAGES, event_types, job_of, queue_search, state_of
from worker.kinds import images
from worker.kinds.shared_events import dataset_ready

Change = Callable[[Path], object]


def queue_evaluation_with_test_images(database: Database, home: Path) -> str:
    for split in ("train", "test"):
        make_image_folder(home / "data", classes={"cat": 20, "dog": 20}, split=split)
    return queue_evaluation(database, dataset="pets", max_images=None)


def has_loaded(splits: int, database: Database, job_id: str) -> Callable[[int], bool]:
    """Return what ends an attempt soon after it has loaded so many splits."""
    return lambda _: event_types(database, job_id).count("dataset_ready") == splits


def check_pets(database: Database, home: Path) -> str:
    """Check the folder; return the digest of what lies in it."""
    mark = mark_of_folder(home / "data" / "pets")
    with database.write() as session:
        check_id = queue_check(
            session, "local", name="pets", dataset_id=None, digest=None, mark=mark, max_attempts=3
        ).id
    run_attempt(database, home)
    with database.read() as session:
        report = session.get_one(Check, check_id).report
    assert report is not None
    return str(report["digest"])


def add_an_image(train: Path) -> None:
    make_image(99).save(train / "cat" / "new.png")


def rename_a_class(train: Path) -> None:
    (train / "cat").rename(train / "bat")


def change_a_pixel(train: Path) -> None:
    make_image(99).save(train / "cat" / "000.png")


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (add_an_image, "there were 16 images of 8×8 pixels in 2 classes, and now there are 17"),
        (rename_a_class, "the names of their classes differ"),
        (change_a_pixel, "some of them or the names"),
    ],
)
@pytest.mark.parametrize("queue", [queue_search, queue_evaluation])
def test_it_stops_where_the_images_changed(
    database: Database, tmp_path: Path, queue: Callable[..., str], change: Change, told: str
) -> None:
    train = make_image_folder(tmp_path / "data", classes={"cat": 8, "dog": 8})
    job_id = queue(database, dataset="pets", max_images=None)
    run_attempt(database, tmp_path, at_step=lambda step: step == 2)
    change(train)

    run_attempt(database, tmp_path)

    job = job_of(database, job_id)
    assert (job.state, job.error_code) == (JobState.FAILED, ErrorCode.DATASET_CHANGED)
    assert told in str(job.error_message)
    assert "checkpoint_rejected" not in event_types(database, job_id)


def test_it_goes_on_when_they_are_back(database: Database, tmp_path: Path) -> None:
    train = make_image_folder(tmp_path / "data", classes={"cat": 8, "dog": 8})
    search_id = queue_search(database, dataset="pets", max_images=None)
    run_attempt(database, tmp_path, at_step=lambda step: step == 2)
    rename_a_class(train)
    run_attempt(database, tmp_path)
    (train / "bat").rename(train / "cat")
    with database.write() as session:
        retry(session, search_id)

    run_attempt(database, tmp_path)

    assert state_of(database, search_id) is JobState.SUCCEEDED
    assert event_types(database, search_id).count("stage_started") == len(TINY_STAGES)


def test_a_folder_that_goes_once_it_is_loaded_is_told(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = make_image_folder(tmp_path / "data")
    search_id = queue_search(database, dataset="pets", max_images=None, batch_size=2)

    def lose_it(*loaded: Any) -> NewEvent:
        train.parent.rename(tmp_path / "elsewhere")
        return dataset_ready(*loaded)

    monkeypatch.setattr(images, "dataset_ready", lose_it)
    run_attempt(database, tmp_path)
    job = job_of(database, search_id)
    assert job.error_code is ErrorCode.DATASET_UNAVAILABLE, job.error_message
    assert job.error_message == "data set 'pets': No such file or directory"


def test_before_its_first_checkpoint_any_images_will_do(database: Database, tmp_path: Path) -> None:
    train = make_image_folder(tmp_path / "data", classes={"cat": 8, "dog": 8})
    search_id = queue_search(database, dataset="pets", max_images=None)
    add_an_image(train)

    run_attempt(database, tmp_path)

    assert state_of(database, search_id) is JobState.SUCCEEDED


class TestTestImages:
    """They are opened when training is over, and stay the same from then on."""

    def test_it_stops_where_they_changed_in_the_middle_of_the_test(
        self, database: Database, tmp_path: Path
    ) -> None:
        evaluation_id = queue_evaluation_with_test_images(database, tmp_path)

        run_attempt(database, tmp_path, at_step=has_loaded(2, database, evaluation_id))
        assert state_of(database, evaluation_id) is JobState.QUEUED
        change_a_pixel(tmp_path / "data" / "pets" / "test")

        run_attempt(database, tmp_path)

        job = job_of(database, evaluation_id)
        assert job.error_code is ErrorCode.DATASET_CHANGED
        assert str(job.error_message).startswith("the test images of pets are not those")

    def test_before_that_any_will_do(self, database: Database, tmp_path: Path) -> None:
        evaluation_id = queue_evaluation_with_test_images(database, tmp_path)
        run_attempt(database, tmp_path, at_step=has_loaded(1, database, evaluation_id))
        change_a_pixel(tmp_path / "data" / "pets" / "test")

        run_attempt(database, tmp_path)

        assert state_of(database, evaluation_id) is JobState.SUCCEEDED


class TestDigest:
    """A job names the content of a shared folder where a check has read these very files."""

    def test_it_is_that_of_the_check(self, database: Database, tmp_path: Path) -> None:
        evaluation_id = queue_evaluation_with_test_images(database, tmp_path)
        digest = check_pets(database, tmp_path)
        run_attempt(database, tmp_path)
        assert job_of(database, evaluation_id).dataset_digest == digest

    def test_a_file_that_was_written_anew_in_its_place_is_noticed(
        self, database: Database, tmp_path: Path
    ) -> None:
        evaluation_id = queue_evaluation_with_test_images(database, tmp_path)
        check_pets(database, tmp_path)
        make_image(99).save(tmp_path / "data" / "pets" / "train" / "cat" / "000.png")
        run_attempt(database, tmp_path)
        job = job_of(database, evaluation_id)
        assert (job.state, job.dataset_digest) == (JobState.SUCCEEDED, None)

    def test_test_images_that_changed_while_it_trained_leave_it_without(
        self, database: Database, tmp_path: Path
    ) -> None:
        evaluation_id = queue_evaluation_with_test_images(database, tmp_path)
        digest = check_pets(database, tmp_path)
        run_attempt(database, tmp_path, at_step=has_loaded(1, database, evaluation_id))
        assert job_of(database, evaluation_id).dataset_digest == digest
        make_image(99).save(tmp_path / "data" / "pets" / "test" / "cat" / "new.png")
        check_pets(database, tmp_path)
        run_attempt(database, tmp_path)
        job = job_of(database, evaluation_id)
        assert (job.state, job.dataset_digest) == (JobState.SUCCEEDED, None)
