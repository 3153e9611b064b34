"""An attempt at an evaluation: what it writes, where it goes on, what it ends with."""

import hashlib
import io
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load as load_safetensors
from sqlalchemy import update
from tenacity import stop_after_attempt

from pdarts_core.export import save_weights
from pdarts_core.network import Network
from store.artifact_stores import open_artifacts
from store.artifacts import ArtifactStore
from store.database import Database
from store.ids import IdKind, new_id
from store.lease import LeaseLost
from store.model_files import (
    WRONG_CELL,
    WRONG_COLUMNS,
    StoredFormat,
    model_folder,
    sheet_key,
)
from store.states import ErrorCode, JobState
from store.tables import Job
from store.types import db_now
from tests.support.attempts import claim_search, make_settings, run_attempt
from tests.support.evaluation_jobs import (
    epochs_of,
    evaluate,
    evaluation_of,
    evaluation_record_of,
    models_of,
    queue_evaluation,
)
from tests.support.evaluations import GENOTYPE
from tests.support.images import make_image_folder
from tests.support.jobs import (
    end_wait,
    event_types,
    events_of,
    job_of,
    take_from_its_worker,
)
from tests.support.weights_files import insert_weights, make_weights
from worker.checkpoints import PATIENCE
from worker.datasets import builtin
from worker.kinds.evaluation import recorder
from worker.kinds.registry import WORKER_KINDS
from worker.sweeping import Sweeper

TEST_IMAGES = 360
"""Of the digits."""


def artifacts_of(home: Path) -> ArtifactStore:
    return open_artifacts(make_settings(home).artifacts_url)


def test_it_trains_tests_and_stores_the_network(database: Database, tmp_path: Path) -> None:
    evaluation_id = queue_evaluation(database)
    run_attempt(database, tmp_path)
    job, evaluation = job_of(database, evaluation_id), evaluation_of(database, evaluation_id)
    assert (job.state, job.progress_fraction) == (JobState.SUCCEEDED, 1.0), job.error_message
    assert event_types(database, evaluation_id) == [
        "submitted",
        "attempt_started",
        "dataset_ready",
        "training_started",
        "epoch_finished",
        "epoch_finished",
        "dataset_ready",
        "tested",
        "succeeded",
    ]
    assert [row.epoch for row in epochs_of(database, evaluation_id)] == [1, 2]
    assert evaluation.result is not None
    assert evaluation.details is not None
    assert evaluation.result["source"] == "test"
    assert evaluation.result["accuracy"]["images"] == TEST_IMAGES
    assert sum(map(sum, evaluation.details["confusion"])) == TEST_IMAGES
    stored = artifacts_of(tmp_path)
    network = Network(GENOTYPE, init_channels=2, num_classes=10, layers=3, auxiliary=False)
    for file in models_of(evaluation).values():
        data = stored.get(file.key, sha256=file.sha256)
        assert len(data) == file.bytes
        if file.format == "python":
            compile(data, file.key, "exec")
            continue
        weights = (
            load_safetensors(data)
            if file.format == "safetensors"
            else torch.load(io.BytesIO(data), weights_only=True)
        )
        network.load_state_dict(weights)
    assert set(models_of(evaluation)) == {
        (which, form) for which in ("last", "best") for form in get_args(StoredFormat)
    }


def test_the_test_images_are_opened_once_and_at_the_end(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation_id = queue_evaluation(database)
    opened: list[tuple[str, int]] = []
    read = builtin.read_digits

    def watched(split: Any) -> Any:
        opened.append((split, event_types(database, evaluation_id).count("epoch_finished")))
        return read(split)

    monkeypatch.setattr(builtin, "read_digits", watched)
    run_attempt(database, tmp_path)
    assert opened == [("train", 0), ("test", 2)]


def test_it_goes_on_to_the_same_result_wherever_it_was_stopped(
    database: Database, tmp_path: Path
) -> None:
    whole, stopped = queue_evaluation(database), None
    run_attempt(database, tmp_path)
    stopped = queue_evaluation(database)
    attempts = 0
    while job_of(database, stopped).state is not JobState.SUCCEEDED:
        run_attempt(database, tmp_path, at_step=lambda step: step == 2)
        attempts += 1
    assert attempts > 3
    assert evaluation_record_of(database, stopped) == evaluation_record_of(database, whole)


@pytest.mark.slow
def test_what_begins_with_weights_goes_on_to_the_same_result_too(
    database: Database, tmp_path: Path
) -> None:
    content = save_weights(make_weights(seed=3))
    with database.write() as session:
        weights_id = insert_weights(session, sha256=hashlib.sha256(content).hexdigest())
    artifacts_of(tmp_path).put(f"{weights_id}/model.safetensors", content)
    whole, afresh = queue_evaluation(database, weights=weights_id), queue_evaluation(database)
    for _ in range(2):
        run_attempt(database, tmp_path)
    stopped = queue_evaluation(database, weights=weights_id)
    while job_of(database, stopped).state is not JobState.SUCCEEDED:
        run_attempt(database, tmp_path, at_step=lambda step: step == 3)
    assert evaluation_record_of(database, stopped) == evaluation_record_of(database, whole)
    assert evaluation_record_of(database, stopped) != evaluation_record_of(database, afresh)


def test_without_its_weights_it_fails_and_says_so(database: Database, tmp_path: Path) -> None:
    gone = new_id(IdKind.WEIGHTS)
    evaluation_id = queue_evaluation(database, weights=gone)
    run_attempt(database, tmp_path)
    job = job_of(database, evaluation_id)
    assert (job.state, job.error_code) == (JobState.FAILED, ErrorCode.WEIGHTS_UNAVAILABLE)
    assert job.error_message == (
        f"the weights {gone} were deleted; send the file again, and submit the evaluation with the "
        "new ID"
    )


def test_a_loss_that_is_not_finite_ends_it_and_names_the_epoch(
    database: Database, tmp_path: Path
) -> None:
    evaluation_id = queue_evaluation(
        database, learning_rate=10.0, grad_clip=1e6, weight_decay=1.0, epochs=30
    )
    run_attempt(database, tmp_path)
    job = job_of(database, evaluation_id)
    assert (job.state, job.error_code) == (JobState.FAILED, ErrorCode.DIVERGED)
    told = len(epochs_of(database, evaluation_id))
    assert f"not finite in epoch {told + 1}; try a lower learning_rate" in str(job.error_message)


def test_a_damaged_checkpoint_is_passed_over(database: Database, tmp_path: Path) -> None:
    evaluation_id = queue_evaluation(database)
    run_attempt(
        database,
        tmp_path,
        at_step=lambda _: event_types(database, evaluation_id).count("epoch_finished") == 2,
    )
    newest = tmp_path / "artifacts" / (job_of(database, evaluation_id).checkpoint_key or "")
    newest.write_bytes(b"damaged")
    run_attempt(database, tmp_path)
    assert "checkpoint_rejected" in event_types(database, evaluation_id)
    assert job_of(database, evaluation_id).state is JobState.SUCCEEDED
    assert [row.epoch for row in epochs_of(database, evaluation_id)] == [1, 2]


def test_without_test_images_the_held_out_ones_are_the_result(
    database: Database, tmp_path: Path
) -> None:
    make_image_folder(make_settings(tmp_path).data_dir, classes={"cat": 8, "dog": 8})
    evaluation_id = queue_evaluation(database, dataset="pets", max_images=None)
    run_attempt(database, tmp_path)
    result = evaluation_of(database, evaluation_id).result
    assert result is not None, job_of(database, evaluation_id).error_message
    assert (result["source"], result["accuracy"]["images"]) == ("validation", 4)
    told = events_of(database, evaluation_id)[-1]
    assert "of 4 held-out images right" in told.message


def test_a_test_set_may_lack_classes(database: Database, tmp_path: Path) -> None:
    data_dir = make_settings(tmp_path).data_dir
    make_image_folder(data_dir, classes={"ant": 4, "bee": 4, "cat": 4})
    make_image_folder(data_dir, split="test", classes={"cat": 3})
    evaluation_id = queue_evaluation(database, dataset="pets", max_images=None)
    run_attempt(database, tmp_path)
    details = evaluation_of(database, evaluation_id).details
    assert details is not None, job_of(database, evaluation_id).error_message
    assert [one["images"] for one in details["classes"]] == [0, 0, 3]


def test_a_test_image_that_is_broken_fails_it_and_it_can_be_retried(
    database: Database, tmp_path: Path
) -> None:
    data_dir = make_settings(tmp_path).data_dir
    make_image_folder(data_dir, classes={"cat": 4, "dog": 4})
    folder = make_image_folder(data_dir, split="test", classes={"cat": 1, "dog": 1})
    (folder / "dog" / "000.png").write_bytes(b"torn")
    evaluation_id = queue_evaluation(database, dataset="pets", max_images=None)
    run_attempt(database, tmp_path)
    job = job_of(database, evaluation_id)
    assert (job.state, job.error_code) == (JobState.FAILED, ErrorCode.DATASET_UNAVAILABLE)
    assert job.checkpoint_key is not None


def test_its_weights_outlive_its_checkpoints(database: Database, tmp_path: Path) -> None:
    evaluation_id = queue_evaluation(database)
    run_attempt(database, tmp_path)
    artifacts = artifacts_of(tmp_path)
    with database.write() as session:
        long_ago = update(Job).where(Job.id == evaluation_id).values(finished_at=db_now(-200))
        session.execute(long_ago)
    Sweeper(database, artifacts, WORKER_KINDS, kept_seconds=100).sweep()
    evaluation = evaluation_of(database, evaluation_id)
    kept = {file.key for file in models_of(evaluation).values()}
    picture = sheet_key(evaluation_id, (evaluation.details or {})["wrong_sheet"])
    assert set(artifacts.keys(evaluation_id)) == kept | {picture}


def test_what_a_dead_attempt_wrote_of_a_model_is_deleted(
    database: Database, tmp_path: Path
) -> None:
    evaluation_id = queue_evaluation(database)
    artifacts = artifacts_of(tmp_path)
    artifacts.put(f"{model_folder(evaluation_id)}/last-{'0' * 64}.pt", b"of another attempt")
    run_attempt(database, tmp_path)
    kept = {file.key for file in models_of(evaluation_of(database, evaluation_id)).values()}
    assert set(artifacts.keys(model_folder(evaluation_id))) == kept


def test_an_attempt_that_dies_after_the_test_leaves_what_was_measured(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one neither loads the test images nor tests again."""
    undisturbed = queue_evaluation(database)
    run_attempt(database, tmp_path)
    evaluation_id = queue_evaluation(database)
    die_after_its_test(database, tmp_path, monkeypatch, evaluation_id)
    run_attempt(database, tmp_path)

    assert evaluation_record_of(database, evaluation_id) == evaluation_record_of(
        database, undisturbed
    )
    told = event_types(database, evaluation_id)
    after = told[told.index("tested") :]
    assert after.count("dataset_ready") == 1
    assert after.count("tested") == 1


def test_after_the_test_an_attempt_still_counts_the_test_images_left_out(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir = make_settings(tmp_path).data_dir
    train = make_image_folder(data_dir, classes={"cat": 5, "dog": 4})
    test = make_image_folder(data_dir, split="test", classes={"cat": 2, "dog": 2})
    for torn in (train / "cat", test / "cat", test / "dog"):
        (torn / "000.png").write_bytes(b"torn")
    evaluation_id = queue_evaluation(database, dataset="pets", max_images=None, skip_invalid=True)
    die_after_its_test(database, tmp_path, monkeypatch, evaluation_id)
    run_attempt(database, tmp_path)
    job = job_of(database, evaluation_id)
    assert (job.state, job.images_skipped) == (JobState.SUCCEEDED, 3)


def die_after_its_test(
    database: Database, home: Path, monkeypatch: pytest.MonkeyPatch, evaluation_id: str
) -> None:
    """Run an attempt that dies once it has tested, before it stores the network."""

    def die(*_: Any) -> Any:
        raise LeaseLost

    with monkeypatch.context() as dying:
        dying.setattr(recorder, "store_models", die)
        run_attempt(database, home)
    take_from_its_worker(database, evaluation_id)


def test_its_surest_mistakes_are_drawn(database: Database, tmp_path: Path) -> None:
    evaluation_id = queue_evaluation(database)
    run_attempt(database, tmp_path)
    evaluation = evaluation_of(database, evaluation_id)
    assert evaluation.details is not None
    sha256 = evaluation.details["wrong_sheet"]
    data = artifacts_of(tmp_path).get(sheet_key(evaluation_id, sha256), sha256=sha256)
    with Image.open(io.BytesIO(data)) as sheet:
        assert sheet.size == (WRONG_COLUMNS * WRONG_CELL, WRONG_CELL * 6)
        pixels = np.asarray(sheet)[6::12, 6::12]
    images = builtin.read_digits("test").images
    for place, wrong in enumerate(evaluation.details["wrong"]):
        row, column = divmod(place, WRONG_COLUMNS)
        cell = pixels[8 * row : 8 * row + 8, 8 * column : 8 * column + 8]
        assert (cell.transpose(2, 0, 1) == images[wrong["place"]]).all()


def test_without_room_for_the_network_it_waits_and_keeps_what_it_has(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = evaluation_record_of(database, evaluate(database, tmp_path))
    evaluation_id = queue_evaluation(database)
    monkeypatch.setattr(PATIENCE, "stop", stop_after_attempt(1))
    no_folder = tmp_path / "artifacts" / model_folder(evaluation_id)
    no_folder.parent.mkdir(parents=True)
    no_folder.touch()

    run_attempt(database, tmp_path)
    job = job_of(database, evaluation_id)
    assert job.state is JobState.QUEUED
    assert "returned to the queue" in events_of(database, evaluation_id)[-1].message
    assert job.not_before is not None
    assert min(job.not_before, job.dispatch_after) > job.created_at + timedelta(seconds=50)
    other = queue_evaluation(database)
    assert claim_search(database).lease.job_id == other

    no_folder.unlink()
    end_wait(database, evaluation_id)
    run_attempt(database, tmp_path)
    assert evaluation_record_of(database, evaluation_id) == expected
    assert event_types(database, evaluation_id).count("tested") == 1
