"""The migrations make the tables, on both systems, however long they take."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, inspect

from migrations.schema import downgrade, newest_revision, upgrade
from store.database import Database
from store.tables import Base
from tests.support.databases import postgres_database, revision_of
from tests.support.servers import PostgresServer


def test_the_migrations_make_exactly_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_they_go_down_to_nothing_and_up_again(database: Database, database_url: str) -> None:
    downgrade(database_url, "base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    upgrade(database_url)
    assert revision_of(database) == newest_revision()


def test_a_second_upgrade_changes_nothing(database: Database, database_url: str) -> None:
    upgrade(database_url)
    assert revision_of(database) == newest_revision()


@pytest.fixture
def bounds() -> Iterator[set[tuple[str, str]]]:
    """How long PostgreSQL lets a migration pause and wait for locks, as it makes its tables."""
    found = set()

    def look(connection: Connection, _: Any, statement: str, *others: Any) -> None:
        if "CREATE TABLE" in statement:
            idle, lock = (
                connection.exec_driver_sql(f"SHOW {name}").scalar_one()
                for name in ("idle_in_transaction_session_timeout", "lock_timeout")
            )
            found.add((str(idle), str(lock)))

    event.listen(Engine, "before_cursor_execute", look)
    yield found
    event.remove(Engine, "before_cursor_execute", look)


def test_a_migration_may_pause_but_does_not_wait_for_readers(
    postgres_server: PostgresServer, bounds: set[tuple[str, str]]
) -> None:
    with postgres_database(postgres_server) as url:
        downgrade(url, "0001")
        upgrade(url, "0003")
    assert bounds == {("10min", "10s")}
