"""The engine and the scopes in which sessions live."""

import select
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, NullPool, event, make_url, text
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.orm import Session

from store.database_file import DatabaseFile
from store.private_files import sqlite_file

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA foreign_keys = ON",
)
_POSTGRES_CONNECTION = {
    "connect_timeout": 5,
    # Otherwise the database's own: in SQL_ASCII, the driver returns bytes, and nothing works.
    "client_encoding": "utf8",
    # A lost host says nothing: without these, we would wait hours for an answer.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
_POSTGRES_OPTIONS = (
    # A process that hangs in a transaction holds rows that others wait for.
    "-c idle_in_transaction_session_timeout=5s",
    "-c lock_timeout=10s",
)
_READ_ONLY = "25006"
"""PostgreSQL's code for a write to a server, or in a session, that only reads."""
_LOCKED = "55P03"
_REFUSALS = (_READ_ONLY, "53100", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY")
"""How the codes of errors begin that say: nothing can be written (53100: the disk is full)."""
_UNUSABLE_FILES = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})
_IMMEDIATE = "begin_immediate"
_CHANGED = "changed_jobs"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A write that was not taken, and when, in the seconds of time.monotonic."""

    at: float
    error: DBAPIError


class Database:
    """One database, SQLite or PostgreSQL. Do not use it after a fork: make a new one there.

    A SQLite file is never made here. If it is deleted or replaced, every session fails until it is
    back, or this process starts anew.
    """

    def __init__(
        self,
        url: str,
        *,
        pooled: bool = True,
        on_change: Callable[[AbstractSet[str]], None] | None = None,
    ) -> None:
        """Prepare an engine; nothing connects yet.

        Args:
            url: SQLAlchemy's.
            pooled: whether connections are kept; if not, each is closed after its session.
            on_change: is called with the jobs that a session changed, once it has committed.
        """
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        path = sqlite_file(url)
        self._file = None if path is None else DatabaseFile(path)
        self.engine = self._create_engine(pooled=pooled)
        self._writing_engine = self.engine.execution_options(**{_IMMEDIATE: True})
        # There each statement sees the newest commits either way, and this saves two round trips.
        reading = {} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._reading_engine = self.engine.execution_options(**reading)
        self.refused: Refusal | None = None
        """The last write that the database answered, but did not take."""
        self._on_change = on_change
        self._one_writer = threading.Lock() if self.is_sqlite else None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that only reads."""
        with Session(self._reading_engine, autoflush=False) as session:
            yield session

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Open a connection that only reads, where a session would cost more than the query."""
        with self._reading_engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a session that commits when the block ends and rolls back when it raises."""
        try:
            with (
                self._one_writer or nullcontext(),
                Session(self._writing_engine, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session
        except DBAPIError as error:
            if code_of(error).startswith(_REFUSALS):
                self.refused = Refusal(at=time.monotonic(), error=error)
            raise
        # Between its begin and its end, too, the file may have gone, and with it what was written.
        self._check_file()
        changed = session.info.get(_CHANGED)
        if changed and self._on_change is not None:
            self._on_change(changed)

    def ping(self) -> None:
        """Raise sqlalchemy.exc.OperationalError unless the database answers."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def check_writable(self) -> None:
        """Raise sqlalchemy.exc.DBAPIError unless the database takes what is written."""
        if self._file is not None:
            with _wrapped():
                self._file.check_writable()
            return
        try:
            with self.engine.begin() as connection:
                connection.execute(text("SET LOCAL lock_timeout = '1s'"))
                connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
        except OperationalError as error:
            if code_of(error) != _LOCKED:
                raise

    def close(self) -> None:
        """Close the idle connections."""
        self.engine.dispose()

    def _create_engine(self, *, pooled: bool) -> Engine:
        options: dict[str, Any] = {"connect_args": {}} if pooled else {"poolclass": NullPool}
        # By its full name, which tracing replaces.
        if self.is_sqlite:
            engine = sqlalchemy.create_engine(self.url, **options)
            if self._file is not None:
                event.listen(engine, "do_connect", partial(_open_file, self._file))
                event.listen(engine, "checkout", self._check_file)
            event.listen(engine, "connect", _configure_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        own = self.url.query.get("options", ())
        session_options = " ".join([*((own,) if isinstance(own, str) else own), *_POSTGRES_OPTIONS])
        options["connect_args"] = _POSTGRES_CONNECTION | {"options": session_options}
        engine = sqlalchemy.create_engine(self.url, **options)
        if pooled:
            event.listen(engine, "checkout", _replace_if_closed)
        return engine

    def _check_file(self, *_: object) -> None:
        if self._file is not None:
            with _wrapped():
                self._file.check()


@contextmanager
def _wrapped() -> Iterator[None]:
    """Have the driver's errors look as they do where a statement raised them."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OperationalError(None, None, error) from error
    except sqlite3.DatabaseError as error:
        raise DatabaseError(None, None, error) from error


def may_answer_later(error: BaseException) -> bool:
    """Tell whether the database did not answer or took nothing, but may when asked again."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or code_of(error) in {_READ_ONLY, *_UNUSABLE_FILES}


def code_of(error: BaseException) -> str:
    """Return the name (SQLite) or number (PostgreSQL) of the error behind an error; "" for none."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    return getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""


def note_change(session: Session, job_id: str) -> None:
    """Note that the session changes a job in a way that clients can see."""
    session.info.setdefault(_CHANGED, set()).add(job_id)


def _replace_if_closed(connection: Any, _record: object, _proxy: object) -> None:
    # A server that closes an idle connection leaves a last message in its socket. Looking for it
    # takes no round trip; `pool_pre_ping` does.
    unread = select.poll()
    unread.register(connection.fileno(), select.POLLIN)
    if unread.poll(0):
        raise DisconnectionError


def _open_file(
    file: DatabaseFile, _dialect: object, _record: object, _words: object, options: dict[str, Any]
) -> sqlite3.Connection:
    return file.connect(**options)


def _configure_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin on its own, deferred and only before writes: see _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that writes later fails at once if another writer was faster.
    immediate = connection.get_execution_options().get(_IMMEDIATE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
