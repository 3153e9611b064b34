"""A migrated database for each test, on either system, made from a template."""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import delete, make_url

from migrations.schema import upgrade
from store.database import Database
from store.schema import read_revision
from store.tables import Base
from tests.support.servers import PostgresServer

POSTGRES_TEMPLATE = "pdarts_template"
_numbers = itertools.count(1)


def make_sqlite_template(folder: Path) -> Path:
    """Migrate a SQLite file once; tests copy it."""
    path = folder / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@contextmanager
def sqlite_database(template: Path, folder: Path) -> Iterator[str]:
    """Yield the URL of a fresh SQLite database."""
    path = folder / "pdarts.db"
    shutil.copy(template, path)
    yield f"sqlite:///{path}"


@contextmanager
def fresh_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Yield the URL of a fresh database on the system that a fixture's parameter names."""
    if request.param == "sqlite":
        with sqlite_database(request.getfixturevalue("sqlite_template"), folder) as url:
            yield url
    else:
        with postgres_database(request.getfixturevalue("postgres_server")) as url:
            yield url


def delete_all_rows(database: Database) -> None:
    """Empty every table, under a service that may run."""
    with database.write() as session:
        # What others belong to goes first, as the service locks it first; it takes them along.
        for table in Base.metadata.sorted_tables:
            session.execute(delete(table))


def revision_of(database: Database) -> str | None:
    """Return the revision of a database's schema; None for an empty one."""
    with database.read() as session:
        return read_revision(session)


def make_postgres_template(server: PostgresServer) -> None:
    """Migrate a PostgreSQL database once; tests copy it."""
    server.execute(f"CREATE DATABASE {POSTGRES_TEMPLATE}")
    upgrade(server.url(POSTGRES_TEMPLATE))


def copy_of_template(server: PostgresServer) -> str:
    """Make a fresh PostgreSQL database; return its name."""
    name = f"pdarts_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {POSTGRES_TEMPLATE}")
    return name


def renamed(server: PostgresServer, name: str) -> str:
    """Give a PostgreSQL database that nobody is connected to a new name, and return it."""
    new = f"pdarts_{next(_numbers)}"
    server.execute(f"ALTER DATABASE {name} RENAME TO {new}")
    return new


@contextmanager
def postgres_database(server: PostgresServer) -> Iterator[str]:
    """Yield the URL of a fresh PostgreSQL database."""
    name = copy_of_template(server)
    try:
        yield make_url(server.url(name)).render_as_string(hide_password=False)
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
