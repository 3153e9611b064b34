"""Deliveries to webhooks: each is written with its event and sent by one sender.

A delivery's id is the `webhook-id` that receivers see, however often it is sent.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from store.events import NewEvent
from store.ids import IdKind, new_id
from store.kinds import KINDS
from store.states import DeliveryState
from store.tables import Delivery, Job, Webhook
from store.types import db_now

KEPT_SECONDS = 30 * 24 * 60 * 60
"""How long deliveries are listed."""
DISABLED_AFTER_SECONDS = 5 * 24 * 60 * 60
"""A webhook that accepted nothing for this long is disabled when its next delivery dies."""
_LONGEST_TEXT = 2000


PING = "webhook.ping"


@dataclass(frozen=True, kw_only=True)
class TakenDelivery:
    """A delivery that one sender has claimed, and what it needs to send it."""

    id: str
    webhook_id: str
    attempt: int
    """Counted from 1; it also guards the write of the result."""
    url: str
    payload: str
    secret: str = field(repr=False)


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
    lease_seconds: float,
) -> list[TakenDelivery]:
    """Claim deliveries that are due; no other sender gets them until the lease expires.

    Args:
        session: that writes.
        limit: the most to take.
        each: the most of one webhook at a time, so that a slow receiver does not hold up others.
        under_way: how many of each webhook this sender already has.
        lease_seconds: longer than an attempt can last.
    """
    waiting = (Delivery.state == DeliveryState.PENDING) & (Delivery.due_at <= db_now())
    place = func.row_number().over(partition_by=Delivery.webhook_id, order_by=Delivery.due_at)
    ranked = (
        select(Delivery.id, Delivery.webhook_id, Delivery.due_at, place.label("place"))
        .join(Webhook, Webhook.id == Delivery.webhook_id)
        .where(waiting, Webhook.enabled)
        .subquery()
    )
    have_room = (
        (ranked.c.webhook_id != webhook_id) | (ranked.c.place <= each - count)
        for webhook_id, count in under_way.items()
    )
    chosen = select(ranked.c.id).where(ranked.c.place <= each, *have_room).order_by(ranked.c.due_at)
    # All at once, and none that another transaction holds: deleting a webhook locks its deliveries
    # in another order, so waiting for it could deadlock.
    free = (
        select(Delivery.id)
        .where(Delivery.id.in_(chosen.limit(limit)), waiting)
        .with_for_update(key_share=True, skip_locked=True)
    )
    free_ids = session.scalars(free).all()
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
        attempt=delivery.attempts,
        url=webhook.url,
        payload=delivery.payload,
        secret=webhook.secret,
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
