"""Deliveries to webhooks: each is written with its event and sent by one sender.

A delivery's id is the `webhook-id` that receivers see, however often it is sent.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Label,
    Select,
    SQLColumnExpression,
    case,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session

from store.events import NewEvent
from store.ids import IdKind, new_id
from store.kinds import KINDS
from store.sealed_secrets import SecretBox, SecretLost
from store.states import DeliveryState
from store.tables import Delivery, Job, Webhook
from store.types import db_now

KEPT_SECONDS = 30 * 24 * 60 * 60
"""How long deliveries are listed."""
DISABLED_AFTER_SECONDS = 5 * 24 * 60 * 60
"""A webhook that accepted nothing for this long is disabled when its next delivery dies."""
PING_SECONDS = 60
_LONGEST_TEXT = 2000


PING = "webhook.ping"


@dataclass(frozen=True, kw_only=True)
class TakenDelivery:
    """A delivery that one sender has claimed, and what it needs to send it."""

    id: str
    webhook_id: str
    owner: str
    attempt: int
    """Counted from 1; it also guards the write of the result."""
    url: str
    payload: str
    sealed_secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of an attempt to deliver."""

    status: int | None
    """The receiver's HTTP status; None if it did not answer."""
    error: str | None
    """None if the receiver accepted it."""
    again_in_seconds: float | None = None
    """None: it will not be tried again."""
    is_gone: bool = False
    """The receiver wants no more messages."""


def queue_deliveries(session: Session, job: Job, happened: NewEvent) -> None:
    """Write a delivery of a job's event for each webhook of its owner that wants it."""
    kind = KINDS.get(job.kind)
    if kind is None:
        return  # only another version of this software knows what to tell of it
    event = kind.webhook_events.get(happened.type)
    if event is None:
        return
    # None of them may be deleted before its delivery is written.
    hooks = session.scalars(
        select(Webhook)
        .where(Webhook.owner == job.owner, Webhook.enabled)
        .with_for_update(read=True, key_share=True)
    )
    wanting = [hook.id for hook in hooks if event in hook.events]
    if not wanting:
        return
    told = (name for name in kind.told_members if name in happened.data)
    about = {
        kind.id_field: job.id,
        "status": job.state.value,
        "event": job.event_seq,
        "message": happened.message[:_LONGEST_TEXT],
    }
    payload = _payload(event, about | {name: happened.data[name] for name in told})
    session.add_all(
        Delivery(
            id=new_id(IdKind.DELIVERY),
            webhook_id=webhook_id,
            event=event,
            job_id=job.id,
            payload=payload,
        )
        for webhook_id in wanting
    )
    session.flush()


def queue_ping(session: Session, webhook: Webhook) -> Delivery:
    """Write a test delivery."""
    ping = Delivery(
        id=new_id(IdKind.DELIVERY),
        webhook_id=webhook.id,
        event=PING,
        payload=_payload(PING, {"webhook_id": webhook.id}),
    )
    session.add(ping)
    session.flush()
    session.refresh(ping)
    return ping


def take_due(
    session: Session,
    *,
    limit: int,
    each: int,
    under_way: Mapping[str, int],
    of_owners: Mapping[str, int],
    lease_seconds: float,
) -> list[TakenDelivery]:
    """Claim deliveries that are due; no other sender gets them until the lease expires.

    An owner gets another one only while it has fewer under way than are free, so that there is
    always one left for an owner who has none: alone it has half of them at most, and of two owners
    each has a third.

    Args:
        session: that writes.
        limit: how many this sender has free.
        each: the most of one webhook at a time, so that a slow receiver does not hold up others.
        under_way: how many of each webhook this sender already has.
        of_owners: how many of each owner's.
        lease_seconds: longer than an attempt can last.
    """
    waiting = (Delivery.state == DeliveryState.PENDING) & (Delivery.due_at <= db_now())
    candidates = session.execute(_in_turn(waiting, each, under_way, of_owners).limit(limit))
    chosen = _fair([(row.id, row.owner) for row in candidates], of_owners, limit)
    # All at once, and none that another transaction holds: deleting a webhook locks its deliveries
    # in another order, so waiting for it could deadlock.
    free = (
        select(Delivery.id)
        .where(Delivery.id.in_(chosen), waiting)
        .with_for_update(key_share=True, skip_locked=True)
    )
    free_ids = session.scalars(free).all() if chosen else ()
    if not free_ids:
        return []
    taken = session.scalars(
        update(Delivery)
        .where(Delivery.id.in_(free_ids))
        .values(attempts=Delivery.attempts + 1, due_at=db_now(lease_seconds))
        .returning(Delivery)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return [_taken(one, session.get_one(Webhook, one.webhook_id)) for one in taken.all()]


def _in_turn(
    waiting: ColumnElement[bool],
    each: int,
    under_way: Mapping[str, int],
    of_owners: Mapping[str, int],
) -> Select[tuple[str, str]]:
    """Select what is waiting, with its owner: those first who have the least under way."""
    ranked = (
        select(Delivery.id, Delivery.webhook_id, Delivery.due_at, Webhook.owner)
        .add_columns(_place_in(Delivery.webhook_id, Delivery.due_at))
        .join(Webhook, Webhook.id == Delivery.webhook_id)
        .where(waiting, Webhook.enabled)
        .subquery()
    )
    have_room = (
        (ranked.c.webhook_id != webhook_id) | (ranked.c.place <= each - count)
        for webhook_id, count in under_way.items()
    )
    ready = (
        select(ranked.c.id, ranked.c.owner, ranked.c.due_at)
        .add_columns(_place_in(ranked.c.owner, ranked.c.due_at))
        .where(ranked.c.place <= each, *have_room)
        .subquery()
    )
    has = case(dict(of_owners), value=ready.c.owner, else_=0) if of_owners else literal(0)
    return select(ready.c.id, ready.c.owner).order_by(ready.c.place + has, ready.c.due_at)


def _place_in(part: SQLColumnExpression[str], order: SQLColumnExpression[datetime]) -> Label[int]:
    return func.row_number().over(partition_by=part, order_by=order).label("place")


def _fair(
    candidates: Sequence[tuple[str, str]], of_owners: Mapping[str, int], free: int
) -> list[str]:
    has = Counter(of_owners)
    chosen: list[str] = []
    for delivery_id, owner in candidates:
        if has[owner] < free - len(chosen):
            has[owner] += 1
            chosen.append(delivery_id)
    return chosen


def record_outcome(session: Session, taken: TakenDelivery, outcome: Outcome) -> bool:
    """Write the outcome of an attempt; False if another attempt has begun since."""
    values: dict[str, Any] = {"last_status": outcome.status, "last_error": outcome.error}
    if outcome.error is None:
        values |= {"state": DeliveryState.SUCCEEDED, "finished_at": db_now()}
    elif outcome.again_in_seconds is None:
        values |= {"state": DeliveryState.DEAD, "finished_at": db_now()}
    else:
        values |= {"due_at": db_now(outcome.again_in_seconds)}
    # Before the delivery, in the same order as deleting a webhook.
    session.execute(
        select(Webhook.id).where(Webhook.id == taken.webhook_id).with_for_update(key_share=True)
    )
    mine = (Delivery.id == taken.id) & (Delivery.attempts == taken.attempt)
    written = session.scalar(
        update(Delivery)
        .where(mine, Delivery.state == DeliveryState.PENDING)
        .values(**values)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    if written is not None:
        _judge_webhook(session, taken.webhook_id, outcome)
    return written is not None


def send_again(session: Session, delivery_id: str) -> bool:
    """Send a finished delivery again; False if it is still waiting."""
    values = {"state": DeliveryState.PENDING, "attempts": 0, "due_at": db_now()}
    renewed = session.scalar(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state != DeliveryState.PENDING)
        .values(**values, finished_at=None)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return renewed is not None


def count_pings(session: Session, owner: str) -> Mapping[str, int]:
    """Return how many pings each of an owner's webhooks was asked for in the last minute."""
    recent = (Delivery.event == PING) & (Delivery.created_at > db_now(-PING_SECONDS))
    counts = (
        select(Delivery.webhook_id, func.count())
        .join(Webhook, Webhook.id == Delivery.webhook_id)
        .where(Webhook.owner == owner, recent)
        .group_by(Delivery.webhook_id)
    )
    return dict(session.execute(counts).all())


def seal_secrets(session: Session, box: SecretBox) -> None:
    """Seal the secrets that are stored as they are, or were sealed with a key that is to go."""
    for webhook_id, stored in session.execute(select(Webhook.id, Webhook.secret)).all():
        if box.is_current(stored):
            continue
        with suppress(SecretLost):
            sealed = box.seal(box.open(stored, webhook_id), webhook_id)
            session.execute(
                update(Webhook)
                .where(Webhook.id == webhook_id, Webhook.secret == stored)
                .values(secret=sealed)
            )


def forget_old(session: Session) -> None:
    """Delete the deliveries that are too old to be listed."""
    session.execute(delete(Delivery).where(Delivery.created_at < db_now(-KEPT_SECONDS)))


def _judge_webhook(session: Session, webhook_id: str, outcome: Outcome) -> None:
    changing = update(Webhook).where(Webhook.id == webhook_id)
    if outcome.error is None:
        session.execute(changing.values(failing_since=None))
        return
    session.execute(changing.values(failing_since=func.coalesce(Webhook.failing_since, db_now())))
    reason = "the receiver answered 410: it is gone" if outcome.is_gone else None
    if outcome.again_in_seconds is None and reason is None:
        changing = changing.where(Webhook.failing_since < db_now(-DISABLED_AFTER_SECONDS))
        reason = "nothing could be delivered for five days"
    if reason is not None:
        session.execute(changing.values(enabled=False, disabled_reason=reason))


def _taken(delivery: Delivery, webhook: Webhook) -> TakenDelivery:
    return TakenDelivery(
        id=delivery.id,
        webhook_id=webhook.id,
        owner=webhook.owner,
        attempt=delivery.attempts,
        url=webhook.url,
        payload=delivery.payload,
        sealed_secret=webhook.secret,
    )


def _payload(kind: str, data: dict[str, Any]) -> str:
    document = {"type": kind, "timestamp": datetime.now(UTC).isoformat(), "data": data}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def deliveries_of(
    session: Session, webhook_id: str, *, after: str | None, limit: int
) -> Sequence[Delivery]:
    """Return a webhook's deliveries, newest first, starting after the one with this id."""
    query = select(Delivery).where(Delivery.webhook_id == webhook_id)
    if after is not None:
        query = query.where(Delivery.id < after)
    return session.scalars(query.order_by(Delivery.id.desc()).limit(limit)).all()
