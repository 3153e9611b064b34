"""One running service on each database, emptied for each test, and its client."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import delete

from store.database import Database
from store.settings import Settings
from store.tables import Base
from tests.support.databases import postgres_database, sqlite_database
from tests.support.http_service import serve
from tests.support.servers import RedisServer


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def service_database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        with sqlite_database(template, tmp_path_factory.mktemp("service")) as url:
            yield url
    else:
        with postgres_database(request.getfixturevalue("postgres_server")) as url:
            yield url


@pytest.fixture(scope="session")
def settings(
    tmp_path_factory: pytest.TempPathFactory, service_database_url: str, redis_server: RedisServer
) -> Settings:
    home = tmp_path_factory.mktemp("home")
    return Settings(home=home, database_url=service_database_url, redis_url=redis_server.url)


@pytest.fixture(scope="session")
def service(settings: Settings) -> Iterator[httpx.Client]:
    with serve(settings) as client:
        yield client


@pytest.fixture(scope="session")
def service_database(service_database_url: str) -> Iterator[Database]:
    database = Database(service_database_url)
    yield database
    database.close()


@pytest.fixture
def database(service_database: Database) -> Database:
    """The service's database, empty."""
    with service_database.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))
    return service_database


@pytest.fixture
def client(service: httpx.Client, database: Database) -> httpx.Client:
    """A client of a service that knows no searches."""
    return service


@pytest.fixture(scope="session")
def shared_client(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, redis_server: RedisServer
) -> Iterator[httpx.Client]:
    """One service, on SQLite, for all tests that leave nothing behind."""
    home = tmp_path_factory.mktemp("shared")
    with sqlite_database(sqlite_template, home) as url:
        settings = Settings(home=home, database_url=url, redis_url=redis_server.url)
        with serve(settings) as client:
            yield client
