"""A service, and an evaluation that has come to its end."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from store.artifact_stores import open_artifacts
from store.database import Database
from store.settings import Settings
from tests.support.databases import sqlite_database
from tests.support.evaluation_service import Place
from tests.support.http_service import serve
from tests.support.servers import RedisServer


@pytest.fixture(scope="package")
def place(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, redis_server: RedisServer
) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("home")
    with sqlite_database(sqlite_template, home) as url:
        settings = Settings(home=home, database_url=url, redis_url=redis_server.url)
        database = Database(url)
        with serve(settings) as client:
            artifacts = open_artifacts(settings.artifacts_url)
            yield Place(client=client, database=database, home=home, artifacts=artifacts)
        database.close()


@pytest.fixture(scope="package")
def evaluated(place: Place) -> str:
    """Where an evaluation lies that has come to its end."""
    return f"/evaluations/{place.evaluate()}"


@pytest.fixture(scope="package")
def client(place: Place) -> httpx.Client:
    return place.client
