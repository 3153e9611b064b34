"""How a job's history and version grow when several write at once."""

import threading

from sqlalchemy import select

from store.database import Database
from store.history import NewEvent
from store.lease import claim, record
from store.lifecycle import get_job, request_cancel
from store.tables import Event
from tests.support.databases import postgres_database
from tests.support.factories import make_search
from tests.support.servers import PostgresServer, wait_until

WAITING = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def test_two_writers_at_once_follow_one_another(postgres_server: PostgresServer) -> None:
    """The second waits for the first's row, and counts on from what that has left."""
    with postgres_database(postgres_server) as url:
        database = Database(url)
        with database.write() as session:
            job_id = make_search(session)
            lease = claim(session, job_id, worker_id="wrk_1", lease_seconds=90)
            assert lease is not None
            version = get_job(session, job_id).version

        def cancel() -> None:
            with database.write() as session:
                request_cancel(session, job_id)

        def somebody_waits() -> bool:
            with database.read() as session:
                return session.connection().exec_driver_sql(WAITING).first() is not None

        second = threading.Thread(target=cancel)
        with database.write() as session:
            record(session, lease, event=NewEvent(type="noted", message="noted"))
            second.start()
            wait_until(somebody_waits, "the second writer to wait")
        second.join()
        with database.read() as session:
            by_number = select(Event.seq, Event.type).order_by(Event.seq)
            history = [(row.seq, row.type) for row in session.execute(by_number)]
            assert history[2:] == [(3, "noted"), (4, "cancel_requested")]
            assert get_job(session, job_id).version == version + 2
        database.close()
