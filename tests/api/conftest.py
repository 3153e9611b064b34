"""One running service on each database, emptied for each test, and its client."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from store.database import Database
from store.scopes import Scope
from store.settings import Settings
from tests.support.databases import delete_all_rows, fresh_database, sqlite_database
from tests.support.http_service import serve
from tests.support.keys import SignIn, client_with, make_key
from tests.support.servers import RedisServer


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def service_database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with fresh_database(request, tmp_path_factory.mktemp("service")) as url:
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
    delete_all_rows(service_database)
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


HOOKS = {"webhooks": "on", "webhook_http": "on", "webhook_allowed_networks": "127.0.0.0/8"}
"""Settings under which webhooks may be sent to this machine."""


@pytest.fixture(scope="session")
def keyed_service(settings: Settings, service_database: Database) -> Iterator[httpx.Client]:
    """The same database, served to those who have a key."""
    make_key(service_database, owner="operator", scopes=[Scope.ADMIN])
    with serve(settings.model_copy(update={"auth": "on"} | HOOKS)) as client:
        yield client


@pytest.fixture
def stranger(keyed_service: httpx.Client, database: Database) -> httpx.Client:
    """A client without a key, of a service that knows no searches and no keys."""
    return keyed_service


@pytest.fixture
def sign_in(stranger: httpx.Client, database: Database) -> Iterator[SignIn]:
    """Make a key for an owner, and a client that shows it."""
    with ExitStack() as clients:

        def sign_in(owner: str, *scopes: Scope, **columns: Any) -> httpx.Client:
            key = make_key(database, owner=owner, scopes=scopes, **columns)
            return clients.enter_context(client_with(stranger, key.text))

        yield sign_in
