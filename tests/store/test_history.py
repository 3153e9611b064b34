"""How a job's history and version grow when several write at once."""

from sqlalchemy import select

from store.database import Database
from store.history import NewEvent
from store.lease import claim, record
from store.lifecycle import get_job
from store.tables import Event
from tests.support.factories import make_search
from tests.support.races import meanwhile


def test_two_writers_at_once_follow_one_another(on_postgres: Database) -> None:
    """The second waits for the first's row, and counts on from what that has left."""
    with on_postgres.write() as session:
        job_id = make_search(session)
        lease = claim(session, job_id, worker_id="wrk_1", lease_seconds=90)
        assert lease is not None
        version = get_job(session, job_id).version
    first, second = (NewEvent(type=name, message="noted") for name in ("first", "second"))
    second_begins = meanwhile(
        on_postgres, after="UPDATE jobs", change=lambda other: record(other, lease, event=second)
    )
    with second_begins, on_postgres.write() as session:
        record(session, lease, event=first)
    with on_postgres.read() as session:
        by_number = select(Event.seq, Event.type).order_by(Event.seq)
        history = [(row.seq, row.type) for row in session.execute(by_number)]
        assert history[2:] == [(3, "first"), (4, "second")]
        assert get_job(session, job_id).version == version + 2
