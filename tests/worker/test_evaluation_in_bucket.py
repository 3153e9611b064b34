"""An evaluation whose files lie in an object store, which is away when it ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tenacity import stop_after_attempt

from store.artifact_stores import open_artifacts
from store.database import Database
from store.model_files import model_folder
from store.states import JobState
from tests.support.attempts import run_attempt
from tests.support.buckets import BucketServer
from tests.support.evaluation_jobs import (
    evaluate,
    evaluation_of,
    evaluation_record_of,
    models_of,
    queue_evaluation,
)
from tests.support.jobs import end_wait, event_types, events_of, state_of
from worker.checkpoints import PATIENCE


@pytest.fixture
def leaving(bucket_server: BucketServer) -> Iterator[BucketServer]:
    """Another server of the same buckets, which a test may stop."""
    server = BucketServer()
    server.start()
    yield server
    server.stop()


@pytest.mark.slow
def test_away_when_the_network_is_stored_it_tests_and_stores_it_later(
    database: Database,
    tmp_path: Path,
    bucket_server: BucketServer,
    leaving: BucketServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = evaluation_record_of(database, evaluate(database, tmp_path))
    evaluation_id = queue_evaluation(database)
    bucket = leaving.make_bucket()
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(PATIENCE, "stop", stop_after_attempt(1))

    def stop_it_once_the_test_began(_: int) -> bool:
        if event_types(database, evaluation_id).count("dataset_ready") == 2:
            leaving.stop()
        return False

    run_attempt(database, tmp_path, artifacts_url=bucket.url, at_step=stop_it_once_the_test_began)
    assert state_of(database, evaluation_id) is JobState.QUEUED
    assert "the artifact store does not answer" in events_of(database, evaluation_id)[-1].message

    end_wait(database, evaluation_id)
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket_server.endpoint)
    run_attempt(database, tmp_path, artifacts_url=bucket.url)
    assert evaluation_record_of(database, evaluation_id) == expected
    types = event_types(database, evaluation_id)
    assert (types.count("epoch_finished"), types.count("succeeded")) == (2, 1)
    kept = {file.key for file in models_of(evaluation_of(database, evaluation_id)).values()}
    assert set(open_artifacts(bucket.url).keys(model_folder(evaluation_id))) == kept
