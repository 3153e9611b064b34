"""Which revision of the schema this software needs, and which one a database has."""

from sqlalchemy import column, inspect, select, table
from sqlalchemy.orm import Session

NEWEST_REVISION = "0021"
_TABLE = "alembic_version"


def read_revision(session: Session) -> str | None:
    """Return the database's revision; None for one that was never migrated."""
    if not inspect(session.connection()).has_table(_TABLE):
        return None
    revision: str | None = session.scalar(select(column("version_num")).select_from(table(_TABLE)))
    return revision
