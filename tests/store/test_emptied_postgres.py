"""What one test leaves in PostgreSQL, the next one does not find."""

from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from store.database import Database
from tests.support.databases import POSTGRES_TEMPLATE
from tests.support.emptied_postgres import EmptiedDatabases
from tests.support.jobs import queue_search
from tests.support.servers import PostgresServer

CHANGES = [
    "ALTER TABLE jobs ADD COLUMN other integer",
    "DROP INDEX ix_jobs_owner_kind_state_id",
    "CREATE FUNCTION other() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "UPDATE alembic_version SET version_num = '0001'",
    "ALTER TABLE jobs DISABLE TRIGGER ALL",
    "ALTER TABLE jobs ALTER COLUMN name SET DEFAULT 'other'",
    "ALTER TABLE jobs ENABLE ROW LEVEL SECURITY",
]


@pytest.fixture
def emptied(postgres_server: PostgresServer) -> EmptiedDatabases:
    return EmptiedDatabases(postgres_server, POSTGRES_TEMPLATE)


def number_of(url: str) -> int:
    """Return what a database keeps whatever it is called."""
    with closing(Database(url)) as database, database.read() as session:
        found = text("SELECT oid FROM pg_database WHERE datname = current_database()")
        return int(session.execute(found).scalar_one())


def test_the_next_one_has_the_same_without_rows(emptied: EmptiedDatabases) -> None:
    with emptied.one() as first, closing(Database(first)) as database:
        number = number_of(first)
        queue_search(database)
    with emptied.one() as url, closing(Database(url)) as database, database.read() as session:
        assert number_of(url) == number
        assert session.execute(text("SELECT count(*) FROM jobs")).scalar_one() == 0


def test_who_still_has_the_one_before_does_not_reach_the_next(emptied: EmptiedDatabases) -> None:
    with emptied.one() as first:
        left_open = Database(first)
        queue_search(left_open)
    with emptied.one(), closing(left_open), pytest.raises(OperationalError):
        queue_search(left_open)


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_another_catalogue_is_not_used_again(
    emptied: EmptiedDatabases, change: str
) -> None:
    with (
        emptied.one() as first,
        closing(Database(first)) as database,
        database.write() as session,
    ):
        session.execute(text(change))
        number = number_of(first)
    with emptied.one() as url:
        assert number_of(url) != number
