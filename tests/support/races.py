"""Two transactions at once on PostgreSQL, one of them in the middle of the other."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.orm import Session

from store.database import Database
from tests.support.servers import wait_until

_WAITING = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def somebody_waits(database: Database) -> bool:
    """Tell whether a transaction waits for what another one holds."""
    with database.read() as session:
        return session.connection().exec_driver_sql(_WAITING).first() is not None


@contextmanager
def meanwhile(
    database: Database, *, after: str, change: Callable[[Session], object]
) -> Iterator[None]:
    """Have another transaction run right after the first statement of the block with this text.

    The block goes on when the other has committed, or waits for what the block holds. It has
    committed at the latest when all of this has ended.
    """
    done: list[Future[None]] = []

    def run() -> None:
        with database.write() as session:
            change(session)

    with ThreadPoolExecutor(1) as others:

        def begin(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if after in statement and not done:
                done.append(others.submit(run))
                wait_until(lambda: done[0].done() or somebody_waits(database), "the other")

        event.listen(database.engine, "after_cursor_execute", begin)
        try:
            yield
        finally:
            event.remove(database.engine, "after_cursor_execute", begin)
    (other,) = done
    other.result()
