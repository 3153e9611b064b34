"""Weights that are sent to a service whose files lie in an object store."""

from pathlib import Path

import httpx
import pytest

from pdarts_core.export import save_weights
from store.artifact_stores import open_artifacts
from store.database import Database
from store.settings import Settings
from tests.support.attempts import run_attempt
from tests.support.buckets import BucketServer
from tests.support.databases import sqlite_database
from tests.support.evaluation_jobs import CELLS, SMALL
from tests.support.http_service import serve
from tests.support.servers import RedisServer
from tests.support.weights_files import make_weights


@pytest.mark.slow
def test_they_are_tested_from_there(
    tmp_path: Path,
    sqlite_template: Path,
    redis_server: RedisServer,
    bucket_server: BucketServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bucket = bucket_server.make_bucket()
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    with sqlite_database(sqlite_template, tmp_path) as url:
        settings = Settings(
            home=tmp_path, database_url=url, redis_url=redis_server.url, artifacts_url=bucket.url
        )
        database = Database(url)
        with serve(settings) as client:
            # The file is looked into by a process that loads torch.
            client.timeout = httpx.Timeout(120)
            sent = client.post("/weights", content=save_weights(make_weights(seed=3)))
            assert sent.status_code == 201, sent.text
            weights_id = sent.json()["id"]
            assert len(open_artifacts(bucket.url).keys(weights_id)) == 1

            spec = SMALL.to_dict() | {"genotype_document": CELLS, "dataset": "digits"}
            body = spec | {"weights": weights_id, "epochs": 0, "max_images": 40, "device": "cpu"}
            answer = client.post("/evaluations", json=body)
            assert answer.status_code == 202, answer.text
            path = f"/evaluations/{answer.json()['id']}"
            run_attempt(database, tmp_path, artifacts_url=bucket.url)
            assert client.get(path).json()["status"] == "succeeded"
            for taken in ("model", "wrong"):
                assert client.get(f"{path}/{taken}").status_code == 200
            assert client.delete(path).status_code == 204
            assert client.delete(f"/weights/{weights_id}").status_code == 204
        database.close()
