"""Servers that all tests of a process share, and a database for each test."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from store.database import Database
from tests.support import launcher
from tests.support.buckets import BucketServer
from tests.support.databases import (
    POSTGRES_TEMPLATE,
    make_postgres_template,
    make_sqlite_template,
    sqlite_database,
)
from tests.support.emptied_postgres import EmptiedDatabases
from tests.support.selection import is_everything_wanted, postponed_in, repetitions_in
from tests.support.servers import PostgresServer, RedisServer

# How long an example takes says more about the machine than about the rule.
settings.register_profile(
    "untimed",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=100 if is_everything_wanted() else 25,
)
settings.load_profile("untimed")


# Before a test loads torch: as many test processes run as there are processors.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Before a test loads Triton: without a GPU, its kernels are interpreted, as ordinary Python.
if not Path("/dev/nvidiactl").exists():
    os.environ.setdefault("TRITON_INTERPRET", "1")


def pytest_configure_node(node: Any) -> None:
    """Have all test processes of a run start programs through one launcher."""
    node.workerinput["launcher"] = launcher.get_launcher().address


def pytest_configure(config: pytest.Config) -> None:
    given: dict[str, str] = getattr(config, "workerinput", {})
    if "launcher" in given:
        launcher.share(given["launcher"])


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: what is in them may tell the time (gzip), and differ."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the rest to `make test-all`; what is asked for by its name is run."""
    if is_everything_wanted() or any("::" in argument for argument in config.args):
        return
    for choose in (repetitions_in, postponed_in):
        left = set(choose(items))
        config.hook.pytest_deselected(items=list(left))
        items[:] = [item for item in items if item not in left]


@pytest.fixture(autouse=True)
def own_event_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test run a loop though Playwright, where this process has used it, keeps one open."""
    if "browser" in request.fixturenames:
        yield
        return
    kept = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(kept)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    server.start()
    make_postgres_template(server)
    yield server
    server.delete()


@pytest.fixture(scope="session")
def emptied_databases(postgres_server: PostgresServer) -> EmptiedDatabases:
    return EmptiedDatabases(postgres_server, POSTGRES_TEMPLATE)


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[BucketServer]:
    server = BucketServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sqlite_template(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated database; the test runs once on each system."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        with sqlite_database(template, tmp_path) as url:
            yield url
    else:
        emptied: EmptiedDatabases = request.getfixturevalue("emptied_databases")
        with emptied.one() as url:
            yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()
