"""Alembic's entry: runs the migrations on the database that schema.config_for names."""

import logging

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection

from store.database import Database
from store.settings import get_settings
from store.tables import Base

_LOCK = 0x70646172
_IS_ALONE = f"SELECT pg_try_advisory_xact_lock({_LOCK})"
_ALONE = (
    # A busy machine, or a large table, makes a migration pause for longer than other work may.
    "SET LOCAL idle_in_transaction_session_timeout = '10min'",
    # Whoever comes second waits for the first one's end, but then not long for readers' locks.
    "SET LOCAL lock_timeout = 0",
    f"SELECT pg_advisory_xact_lock({_LOCK})",
    "SET LOCAL lock_timeout TO DEFAULT",
)
"""On PostgreSQL."""

logger = logging.getLogger(__name__)


def run() -> None:
    """Run the migrations in one transaction, one process at a time."""
    url = context.config.attributes.get("database_url") or get_settings().database_url
    database = Database(url, pooled=False)
    with database.write() as session:
        connection = session.connection()
        if not database.is_sqlite:
            _refuse_other_encodings(connection)
            if not connection.exec_driver_sql(_IS_ALONE).scalar_one():
                logger.warning("another migration is under way: waiting for its end")
            for statement in _ALONE:
                connection.exec_driver_sql(statement)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()


def _refuse_other_encodings(connection: Connection) -> None:
    # Names may hold any character, and JSONB refuses those that its database has no code for.
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise CommandError(
            f"its encoding is {encoding}, and must be UTF8; create another one with "
            "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )


run()
