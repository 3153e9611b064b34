"""A database that takes nothing: POSTs say so before they lie, and /readyz within seconds."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine, event, make_url, text

import api.resources.database_watch
import store.database_file
from store.settings import Settings
from tests.api.calls import QUICK, problem, submit
from tests.support.databases import postgres_database
from tests.support.full_disk import CREATE_FULL_DISK
from tests.support.http_service import serve
from tests.support.servers import PostgresServer, RedisServer

UNAVAILABLE = (503, "database_unavailable")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each question asked: nothing is waited for."""
    monkeypatch.setattr(api.resources.database_watch, "_FRESH_SECONDS", 0)


def post(client: httpx.Client) -> httpx.Response:
    return client.post("/searches", json=QUICK)


def told(client: httpx.Client) -> tuple[int, str, str]:
    """Return the status of /readyz, and what it says of the database."""
    answer = client.get("/readyz")
    return answer.status_code, answer.json()["database"]["status"], detail_of(answer)


def detail_of(answer: httpx.Response) -> str:
    return str(answer.json()["database"]["detail"])


def post_until_refused(client: httpx.Client) -> int:
    """Return how many searches were taken before one was not."""
    for taken in range(100):
        answer = post(client)
        if answer.status_code != 202:
            assert problem(answer) == UNAVAILABLE
            return taken
    raise AssertionError("a hundred searches were taken")


def count(client: httpx.Client) -> int:
    return len(client.get("/searches", params={"limit": 200}).json()["data"])


class TestSqlite:
    @pytest.fixture
    def settings(
        self, redis_server: RedisServer, sqlite_template: Path, tmp_path: Path
    ) -> Settings:
        shutil.copy(sqlite_template, tmp_path / "pdarts.db")
        return Settings(home=tmp_path, redis_url=redis_server.url)

    @pytest.fixture
    def client(self, settings: Settings) -> Iterator[httpx.Client]:
        with serve(settings) as client:
            yield client

    @pytest.mark.parametrize("instead", ["nothing", "a copy", "an empty file"])
    def test_its_file_is_gone(
        self, client: httpx.Client, tmp_path: Path, sqlite_template: Path, instead: str
    ) -> None:
        submit(client)
        file = tmp_path / "pdarts.db"
        file.rename(tmp_path / "elsewhere.db")
        if instead == "a copy":
            shutil.copy(sqlite_template, file)
        elif instead == "an empty file":
            file.touch()
        assert problem(post(client)) == UNAVAILABLE
        assert problem(client.get("/searches")) == UNAVAILABLE
        status, state, detail = told(client)
        assert (status, state) == (503, "failed")
        assert "deleted or replaced" in detail
        (tmp_path / "elsewhere.db").rename(file)
        submit(client)
        assert (told(client)[0], count(client)) == (200, 2)

    def test_it_goes_while_a_request_writes(self, client: httpx.Client, tmp_path: Path) -> None:
        def lose(*_: object) -> None:
            (tmp_path / "pdarts.db").unlink(missing_ok=True)

        with listening("commit", lose):
            assert problem(post(client)) == UNAVAILABLE

    def test_one_that_is_not_there_is_not_made(self, settings: Settings, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'none.db'}"
        with serve(settings.model_copy(update={"database_url": url})) as client:
            assert problem(post(client)) == UNAVAILABLE
            assert "missing" in told(client)[2]
        assert not (tmp_path / "none.db").exists()

    def test_it_has_no_room(self, settings: Settings) -> None:
        def fill(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA max_page_count = 1")

        with listening("connect", fill), serve(settings) as client:
            taken = post_until_refused(client)
            assert told(client) == (503, "failed", "cannot be written: no room is left")
            assert count(client) == taken

    def test_its_disk_is_full(self, client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(store.database_file, "_LEAST_ROOM_BYTES", 2**62)
        assert told(client) == (503, "failed", "cannot be written: no room is left")

    def test_it_can_only_be_read(self, settings: Settings) -> None:
        def protect(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA query_only = ON")

        with listening("connect", protect), serve(settings) as client:
            assert problem(post(client)) == UNAVAILABLE
            assert told(client) == (503, "failed", "cannot be written: it is read-only")
            assert count(client) == 0

    def test_its_file_is_no_database_any_more(self, client: httpx.Client, tmp_path: Path) -> None:
        for name in ("pdarts.db-wal", "pdarts.db-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        with (tmp_path / "pdarts.db").open("r+b") as file:
            file.write(b"x" * 4096)
        assert problem(post(client)) == UNAVAILABLE
        assert told(client)[:2] == (503, "failed")


class TestPostgres:
    @pytest.fixture
    def name(self, postgres_server: PostgresServer) -> Iterator[str]:
        with postgres_database(postgres_server) as url:
            yield url

    @pytest.fixture
    def client(
        self, redis_server: RedisServer, name: str, tmp_path: Path
    ) -> Iterator[httpx.Client]:
        settings = Settings(home=tmp_path, database_url=name, redis_url=redis_server.url)
        with serve(settings) as client:
            yield client

    def test_the_server_only_reads(
        self, client: httpx.Client, name: str, postgres_server: PostgresServer
    ) -> None:
        database = make_url(name).database
        submit(client)
        postgres_server.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
        with engine_of(name) as engine, engine.connect() as connection:
            # Sessions take the setting when they begin.
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        assert problem(post(client)) == UNAVAILABLE
        assert told(client) == (503, "failed", "cannot be written: the server is read-only")
        assert count(client) == 1

    def test_its_disk_is_full(self, client: httpx.Client, name: str) -> None:
        with engine_of(name) as engine, engine.begin() as connection:
            connection.exec_driver_sql(CREATE_FULL_DISK)
        assert problem(post(client)) == UNAVAILABLE
        assert told(client) == (503, "failed", "cannot be written: no room is left")


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    yield engine
    engine.dispose()


@contextmanager
def listening(name: str, listener: Callable[..., None]) -> Iterator[None]:
    """Have a listener called at each engine's event of this name."""
    event.listen(Engine, name, listener)
    try:
        yield
    finally:
        event.remove(Engine, name, listener)
