"""Alembic's entry: runs the migrations on the database that schema.config_for names."""

from alembic import context

from store.database import Database
from store.settings import get_settings
from store.tables import Base

_LOCK = 0x70646172


def run() -> None:
    """Run the migrations in one transaction, one process at a time."""
    url = context.config.attributes.get("database_url") or get_settings().database_url
    database = Database(url, pooled=False)
    with database.write() as session:
        connection = session.connection()
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
