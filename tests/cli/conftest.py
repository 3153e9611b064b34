"""A running interface with its database, both kinds of client, and commands that are typed."""

import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.client import Client
from cli.main import main
from store.database import Database
from store.settings import Settings
from tests.support.clients import opened
from tests.support.databases import delete_all_rows, sqlite_database
from tests.support.http_service import serve
from tests.support.servers import RedisServer
from tests.support.service import Service, service


@pytest.fixture(scope="package")
def settings(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, redis_server: RedisServer
) -> Iterator[Settings]:
    home = tmp_path_factory.mktemp("cli")
    with sqlite_database(sqlite_template, home) as url:
        yield Settings(home=home, database_url=url, redis_url=redis_server.url)


@pytest.fixture(scope="package")
def service_url(settings: Settings) -> Iterator[str]:
    with serve(settings) as http:
        yield str(http.base_url)


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A whole service, as a user starts it, that logs for programs."""
    with service(tmp_path_factory.mktemp("up") / "home", PDARTS_LOG_FORMAT="json") as running:
        yield running


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


class Typed:
    """A command that was typed, and what came of it."""

    def __init__(self, code: int, output: str, messages: str) -> None:
        self.code = code
        self.output = output
        self.messages = messages

    @property
    def objects(self) -> list[dict[str, Any]]:
        """What it printed for programs."""
        return [json.loads(line) for line in self.output.splitlines()]


@pytest.fixture
def type_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Typed]:
    """Type a command, with nothing set but what the test sets."""
    for name in [name for name in os.environ if name.startswith("PDARTS_")]:
        monkeypatch.delenv(name)

    def run(*words: str, stdin: str = "") -> Typed:
        monkeypatch.setattr("sys.argv", ["pdarts", *words])
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        try:
            code = main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return Typed(code, said.out, said.err)

    return run


@pytest.fixture
def typed(
    type_words: Callable[..., Typed],
    service_url: str,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Typed]:
    """Type a command for a service that knows no searches."""
    monkeypatch.setenv("PDARTS_URL", service_url)
    return type_words


@pytest.fixture
def typed_at_home(
    type_words: Callable[..., Typed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Typed]:
    """Type a command on a machine where nothing of ours has run yet."""
    monkeypatch.setenv("PDARTS_HOME", str(tmp_path))
    return type_words
