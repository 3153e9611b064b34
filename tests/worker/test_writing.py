"""What is written exactly once, whatever becomes of a commit."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from store.database import Database
from store.history import NewEvent
from store.lease import Lease, LeaseLost, fail, record
from store.states import ErrorCode
from store.tables import Event
from tests.support.attempts import claim_search
from tests.support.databases import postgres_database
from tests.support.jobs import event_types, queue_search
from tests.support.servers import PostgresServer
from worker.writing import AttemptWriter

pytestmark = pytest.mark.both_databases

LINE = NewEvent(type="noted", message="noted")


def claimed(database: Database) -> Lease:
    queue_search(database)
    return claim_search(database).lease


def make_writer(database: Database, lease: Lease, *, tries: int = 10) -> AttemptWriter:
    """Return a writer that believes in its lease for so many tries."""
    left = iter(range(tries - 1))
    return AttemptWriter(database, lease, lambda: next(left, None) is not None)


@contextmanager
def reply_lost_after_commit() -> Iterator[None]:
    """Have the next commit succeed without the client learning of it."""

    def lose(_: Session) -> None:
        event.remove(Session, "after_commit", lose)
        raise OperationalError("COMMIT", {}, Exception("the connection was lost"))

    event.listen(Session, "after_commit", lose)
    try:
        yield
    finally:
        if event.contains(Session, "after_commit", lose):
            event.remove(Session, "after_commit", lose)


def test_a_commit_whose_reply_was_lost_is_not_done_again(database: Database) -> None:
    lease = claimed(database)
    with reply_lost_after_commit():
        make_writer(database, lease).write(lambda session: record(session, lease, event=LINE))
    assert event_types(database, lease.job_id).count("noted") == 1


def test_an_end_whose_reply_was_lost_is_no_lost_lease(database: Database) -> None:
    lease = claimed(database)
    with reply_lost_after_commit():
        make_writer(database, lease).write(
            lambda session: fail(session, lease, ErrorCode.INTERNAL, "broken")
        )
    assert event_types(database, lease.job_id)[-1] == "failed"


def test_what_failed_before_its_commit_is_done_again(database: Database) -> None:
    lease = claimed(database)
    failures = iter([OperationalError("UPDATE", {}, Exception("gone"))] * 2)

    def change(session: Session) -> None:
        record(session, lease, event=LINE)
        if error := next(failures, None):
            raise error

    make_writer(database, lease).write(change)
    assert event_types(database, lease.job_id).count("noted") == 1


def test_a_connection_that_the_server_cut_is_replaced(postgres_server: PostgresServer) -> None:
    cut = iter([True])
    with postgres_database(postgres_server) as url:
        database = Database(url)
        lease = claimed(database)

        def change(session: Session) -> None:
            record(session, lease, event=LINE)
            if next(cut, False):
                session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

        make_writer(database, lease).write(change)
        assert event_types(database, lease.job_id).count("noted") == 1
        database.close()


def test_nothing_is_tried_once_the_lease_is_given_up(database: Database) -> None:
    lease = claimed(database)

    def unreachable(_: Session) -> None:
        raise OperationalError("SELECT", {}, Exception("no answer"))

    with pytest.raises(LeaseLost):
        make_writer(database, lease, tries=3).write(unreachable)


def test_a_defect_is_not_tried_again(database: Database) -> None:
    lease = claimed(database)
    calls = 0

    def break_the_key(session: Session) -> None:
        nonlocal calls
        calls += 1
        record(session, lease, event=LINE)
        session.add(Event(job_id="nobody", seq=1, type="", level="info", message="", data={}))
        session.flush()

    with pytest.raises(IntegrityError):
        make_writer(database, lease).write(break_the_key)
    assert calls == 1
    assert event_types(database, lease.job_id).count("noted") == 0
