"""PostgreSQL databases that tests use one after the other, emptied in between.

A copy of the template costs ten times what emptying one does: PostgreSQL copies some 300 files, and
each first connection reads the catalogue anew. A test that changed tables makes a database
worthless for the next one, which is noticed: its catalogue then differs from the template's. What a
test left running does not reach the next one: each use gives the database another name.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import delete, make_url

from store.tables import Base
from tests.support.databases import copy_of_template, renamed
from tests.support.servers import PostgresServer

_LARGEST_BYTES = 16 * 2**20
"""What has held more rows than fit into this is not used again: rows that are gone take room."""
_LEAVE = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_START_AGAIN = "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence"
_EMPTY = [str(delete(table)) for table in Base.metadata.sorted_tables]
_CATALOGUE = b"""
SELECT md5(string_agg(line, chr(10) ORDER BY line)) FROM (
    SELECT concat_ws(' ', oid, relname, relnatts, relacl, relrowsecurity, reloptions) AS line
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', attrelid, attname, atttypid, attnotnull, attisdropped)
    FROM pg_attribute WHERE attrelid >= 16384
    UNION ALL SELECT concat_ws(' ', oid, conname, pg_get_constraintdef(oid)) FROM pg_constraint
    UNION ALL SELECT concat_ws(' ', oid, tgname, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', adrelid, adnum, pg_get_expr(adbin, adrelid)) FROM pg_attrdef
    UNION ALL SELECT concat_ws(' ', oid, proname, prosrc) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', oid, rulename) FROM pg_rewrite WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', indexrelid, indisvalid) FROM pg_index
    UNION ALL SELECT setconfig::text FROM pg_db_role_setting
    UNION ALL SELECT version_num FROM alembic_version
) AS lines
"""


class EmptiedDatabases:
    """Those of one server, all of them copies of its template."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server = server
        self._free: list[str] = []
        self._catalogue = self._catalogue_of(template)

    @contextmanager
    def one(self) -> Iterator[str]:
        """Yield the URL of a database without rows that nobody else uses."""
        name = self._free.pop() if self._free else copy_of_template(self._server)
        try:
            yield make_url(self._server.url(name)).render_as_string(hide_password=False)
        finally:
            if self._is_emptied(name):
                self._free.append(renamed(self._server, name))
            else:
                self._server.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _is_emptied(self, name: str) -> bool:
        try:
            with self._server.connect(name) as connection:
                connection.execute("; ".join([_LEAVE, *_EMPTY, _START_AGAIN]).encode())
                row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        except psycopg.Error:
            return False
        assert row is not None
        return int(row[0]) < _LARGEST_BYTES and self._catalogue_of(name) == self._catalogue

    def _catalogue_of(self, name: str) -> str:
        with self._server.connect(name) as connection:
            row = connection.execute(_CATALOGUE).fetchone()
        assert row is not None
        return str(row[0])
