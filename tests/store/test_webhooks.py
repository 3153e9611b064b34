"""What senders do with deliveries that are due, and what becomes of webhooks that fail."""

from collections import Counter

import pytest
from sqlalchemy import update

from store.database import Database
from store.events import NewEvent
from store.states import DeliveryState, JobState
from store.tables import Delivery, Job, Webhook
from store.types import db_now
from store.webhooks import (
    DISABLED_AFTER_SECONDS,
    KEPT_SECONDS,
    Outcome,
    TakenDelivery,
    forget_old,
    queue_deliveries,
    record_outcome,
    take_due,
)


@pytest.fixture
def delivery_id(database: Database) -> str:
    with database.write() as session:
        columns = {"url": "https://example.org/", "events": [], "secret": "whsec_AAAA"}
        session.add(Webhook(id="whk_1", owner="local", **columns))
        session.flush()
        session.add(Delivery(id="msg_1", webhook_id="whk_1", event="e", payload="{}"))
    return "msg_1"


def take(database: Database, *, lease_seconds: float = 90) -> list[TakenDelivery]:
    with database.write() as session:
        return take_due(
            session, limit=9, each=9, under_way={}, of_owners={}, lease_seconds=lease_seconds
        )


def note(database: Database, taken: TakenDelivery, outcome: Outcome) -> bool:
    with database.write() as session:
        return record_outcome(session, taken, outcome)


def test_one_sender_has_it_until_its_lease_has_run_out(
    database: Database, delivery_id: str
) -> None:
    (first,) = take(database, lease_seconds=-1)
    (second,) = take(database)
    assert take(database) == []
    assert (first.id, second.attempt) == (delivery_id, 2)
    fine = Outcome(status=200, error=None)
    assert not note(database, first, fine)
    assert note(database, second, fine)


def test_it_is_dead_after_the_last_attempt(database: Database, delivery_id: str) -> None:
    (last,) = take(database)
    note(database, last, Outcome(status=500, error="no"))
    with database.read() as session:
        delivery = session.get_one(Delivery, delivery_id)
        assert delivery.state is DeliveryState.DEAD
        assert session.get_one(Webhook, "whk_1").enabled


def test_a_webhook_that_failed_for_days_is_disabled(database: Database, delivery_id: str) -> None:
    (last,) = take(database)
    with database.write() as session:
        long_ago = db_now(-DISABLED_AFTER_SECONDS - 1)
        session.execute(update(Webhook).values(failing_since=long_ago))
    note(database, last, Outcome(status=500, error="no"))
    with database.read() as session:
        assert not session.get_one(Webhook, "whk_1").enabled


def test_old_ones_are_forgotten(database: Database, delivery_id: str) -> None:
    with database.write() as session:
        forget_old(session)
        assert session.get(Delivery, delivery_id)
        session.execute(update(Delivery).values(created_at=db_now(-KEPT_SECONDS - 1)))
        forget_old(session)
        session.expire_all()
        assert session.get(Delivery, delivery_id) is None


@pytest.fixture
def many(database: Database, delivery_id: str) -> None:
    """Nearly a thousand deliveries of a webhook, and one of another that came last."""
    with database.write() as session:
        columns = {"url": "https://example.org/", "events": [], "secret": "whsec_AAAA"}
        session.add(Webhook(id="whk_2", owner="local", **columns))
        session.flush()
        session.add_all(
            Delivery(id=f"msg_{n}", webhook_id="whk_1", event="e", payload="{}")
            for n in range(2, 1000)
        )
        session.flush()
        session.add(Delivery(id="msg_last", webhook_id="whk_2", event="e", payload="{}"))


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("under_way", "taken_of"),
    [
        ({}, ["whk_1", "whk_1", "whk_2"]),
        ({"whk_1": 1}, ["whk_1", "whk_2"]),
        ({"whk_1": 2}, ["whk_2"]),
        ({"whk_1": 1, "whk_2": 2}, ["whk_1"]),
    ],
)
def test_no_receiver_has_more_than_so_many_at_a_time(
    database: Database, under_way: dict[str, int], taken_of: list[str]
) -> None:
    with database.write() as session:
        taken = take_due(
            session, limit=9, each=2, under_way=under_way, of_owners={}, lease_seconds=90
        )
    assert sorted(t.webhook_id for t in taken) == taken_of


@pytest.fixture
def crowd(database: Database) -> None:
    """A hundred deliveries of ada's twenty webhooks, then one of bob's and one of cyd's."""
    hooks = [*(("ada", f"whk_a{n}") for n in range(20)), ("bob", "whk_b"), ("cyd", "whk_c")]
    told = [*(f"whk_a{n % 20}" for n in range(100)), "whk_b", "whk_c"]
    with database.write() as session:
        columns = {"url": "https://example.org/", "events": [], "secret": "whsec_AAAA"}
        session.add_all(Webhook(id=name, owner=owner, **columns) for owner, name in hooks)
        session.flush()
        session.add_all(
            Delivery(
                id=f"msg_{n}", webhook_id=name, event="e", payload="{}", due_at=db_now(n - 999)
            )
            for n, name in enumerate(told)
        )


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(
    ("free", "of_owners", "taken_of"),
    [
        (16, {}, {"ada": 7, "bob": 1, "cyd": 1}),
        (9, {"ada": 7}, {"bob": 1, "cyd": 1}),
        (1, {"ada": 15}, {"bob": 1}),
        (1, {"ada": 10, "bob": 5}, {"cyd": 1}),
        (4, {"ada": 1, "bob": 9, "cyd": 9}, {"ada": 2}),
        (0, {"ada": 8, "bob": 8}, {}),
    ],
)
def test_an_owner_with_many_leaves_room_for_others(
    database: Database, free: int, of_owners: dict[str, int], taken_of: dict[str, int]
) -> None:
    with database.write() as session:
        taken = take_due(
            session, limit=free, each=2, under_way={}, of_owners=of_owners, lease_seconds=90
        )
    assert Counter(t.owner for t in taken) == taken_of


def test_nothing_is_told_of_a_kind_that_only_another_version_knows(
    database: Database, delivery_id: str
) -> None:
    with database.write() as session:
        job = Job(id="later_1", kind="later", owner="local", state=JobState.FAILED)
        queue_deliveries(session, job, NewEvent(type="failed", message="it failed"))
    assert [taken.id for taken in take(database)] == [delivery_id]
