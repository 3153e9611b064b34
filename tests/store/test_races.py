"""Moves and deliveries in whose middle another transaction commits, or wants to."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from store.database import Database
from store.history import NewEvent
from store.lease import Lease, beat, cancel, claim, pause, read_wishes, release, succeed
from store.lifecycle import expire_leases, get_job, request_cancel, request_pause
from store.states import JobState
from store.tables import Delivery, Webhook
from store.types import db_now
from store.webhooks import Outcome, TakenDelivery, record_outcome, take_due
from tests.support.factories import make_search
from tests.support.jobs import expire_lease, state_of
from tests.support.races import meanwhile


@pytest.fixture
def lease(on_postgres: Database) -> Lease:
    """Of a search that runs."""
    with on_postgres.write() as session:
        lease = claim(session, make_search(session), worker_id="wrk_1", lease_seconds=90)
    assert lease is not None
    return lease


@pytest.fixture
def webhook_id(on_postgres: Database) -> str:
    with on_postgres.write() as session:
        wanted = ["search.succeeded"]
        told = {"url": "https://example.org/", "events": wanted, "secret": "whsec_AAAA"}
        session.add(Webhook(id="whk_1", owner="local", **told))
    return "whk_1"


def delete_webhook(session: Session) -> None:
    session.execute(delete(Webhook))


def leave(lease: Lease) -> Callable[[Session], None]:
    """Return how an attempt leaves its search: by what is wished then."""

    def change(session: Session) -> None:
        beat(session, lease, lease_seconds=90)
        wishes = read_wishes(session, lease)
        if wishes.cancel:
            cancel(session, lease)
        elif wishes.pause:
            pause(session, lease)
        else:
            release(session, lease, "stopping")

    return change


@pytest.mark.parametrize(
    ("wish", "state"),
    [(request_cancel, JobState.CANCELLED), (request_pause, JobState.PAUSED)],
)
class TestWishes:
    def test_one_that_comes_while_a_lost_attempt_is_ended_is_followed(
        self,
        on_postgres: Database,
        lease: Lease,
        wish: Callable[[Session, str], None],
        state: JobState,
    ) -> None:
        expire_lease(on_postgres, lease.job_id)
        utter = meanwhile(
            on_postgres, after="FROM jobs", change=lambda other: wish(other, lease.job_id)
        )
        with utter, on_postgres.write() as session:
            assert expire_leases(session) == [lease.job_id]
        assert state_of(on_postgres, lease.job_id) is state

    def test_one_that_comes_while_the_attempt_leaves_is_followed(
        self,
        on_postgres: Database,
        lease: Lease,
        wish: Callable[[Session, str], None],
        state: JobState,
    ) -> None:
        leaving = meanwhile(on_postgres, after="jobs", change=leave(lease))
        with leaving, on_postgres.write() as session:
            wish(session, lease.job_id)
        assert state_of(on_postgres, lease.job_id) is state


class TestDeletedWebhook:
    def test_the_search_that_it_is_about_to_be_told_of_goes_on(
        self, on_postgres: Database, lease: Lease, webhook_id: str
    ) -> None:
        deleting = meanwhile(on_postgres, after="FROM webhooks", change=delete_webhook)
        with deleting, on_postgres.write() as session:
            succeed(session, lease, NewEvent(type="succeeded", message="done"))
        with on_postgres.read() as session:
            assert get_job(session, lease.job_id).state is JobState.SUCCEEDED
            assert session.get(Webhook, webhook_id) is None

    def test_a_result_that_is_just_written_is_not_in_the_way(
        self, on_postgres: Database, webhook_id: str
    ) -> None:
        deleting = meanwhile(on_postgres, after="UPDATE deliveries", change=delete_webhook)
        taken = self.take_ping(on_postgres, webhook_id)
        with deleting, on_postgres.write() as session:
            assert record_outcome(session, taken, Outcome(status=200, error=None))
        with on_postgres.read() as session:
            assert session.get(Webhook, webhook_id) is None

    def test_deliveries_that_are_just_taken_up_are_not_in_the_way(
        self, on_postgres: Database, webhook_id: str
    ) -> None:
        """The one that was written last is due first; the database deletes the other one first."""
        with on_postgres.write() as session:
            for number, due_at in enumerate((db_now(-1), db_now(-2))):
                told = {"event": "e", "payload": "{}", "due_at": due_at}
                session.add(Delivery(id=f"msg_{number}", webhook_id=webhook_id, **told))
                session.flush()
        deleting = meanwhile(on_postgres, after="UPDATE deliveries", change=delete_webhook)
        with deleting, on_postgres.write() as session:
            taken = take_due(session, limit=4, each=2, under_way={}, of_owners={}, lease_seconds=90)
        assert len(taken) == 2
        with on_postgres.read() as session:
            assert session.get(Webhook, webhook_id) is None

    def take_ping(self, database: Database, webhook_id: str) -> TakenDelivery:
        with database.write() as session:
            session.add(Delivery(id="msg_1", webhook_id=webhook_id, event="e", payload="{}"))
        with database.write() as session:
            (taken,) = take_due(
                session, limit=1, each=1, under_way={}, of_owners={}, lease_seconds=90
            )
        return taken
