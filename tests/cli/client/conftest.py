"""A running interface with its database, and both kinds of client."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.client import Client
from store.database import Database
from store.settings import Settings
from tests.support.clients import opened
from tests.support.databases import delete_all_rows, sqlite_database
from tests.support.http_service import serve
from tests.support.servers import RedisServer


@pytest.fixture(scope="package")
def settings(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, redis_server: RedisServer
) -> Iterator[Settings]:
    home = tmp_path_factory.mktemp("client")
    with sqlite_database(sqlite_template, home) as url:
        yield Settings(home=home, database_url=url, redis_url=redis_server.url)


@pytest.fixture(scope="package")
def service_url(settings: Settings) -> Iterator[str]:
    with serve(settings) as http:
        yield str(http.base_url)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The service's database, empty."""
    database = Database(settings.database_url)
    delete_all_rows(database)
    yield database
    database.close()


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of client; the test runs once with each."""
    return str(request.param)


@pytest.fixture
def client(kind: str, service_url: str, database: Database) -> Iterator[Client]:
    """A client of a service that knows no searches."""
    with opened(kind, service_url) as client:
        yield client
