from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from migrations.schema import current_revision, downgrade, newest_revision, upgrade
from store.database import Database
from store.tables import Base


def test_the_migrations_make_exactly_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_they_go_down_to_nothing_and_up_again(database: Database, database_url: str) -> None:
    downgrade(database_url, "base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    upgrade(database_url)
    assert current_revision(database) == newest_revision()


def test_a_second_upgrade_changes_nothing(database: Database, database_url: str) -> None:
    upgrade(database_url)
    assert current_revision(database) == newest_revision()
