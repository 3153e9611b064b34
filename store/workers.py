"""Which workers are alive, and what each has."""

from sqlalchemy import ColumnElement

from store.tables import Worker
from store.types import db_now

_LEASES_WITHOUT_A_BEAT = 2


def is_alive(lease_seconds: float) -> ColumnElement[bool]:
    """Return the SQL condition for a worker whose heartbeat is recent."""
    return Worker.last_beat_at > db_now(-_LEASES_WITHOUT_A_BEAT * lease_seconds)
