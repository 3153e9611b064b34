"""What is done with webhooks and their deliveries. Every query is bounded by the caller."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.http.errors import DeliveryPending, NotFound, TooManyRequests, TooManyWebhooks
from api.resources.security import Caller
from store.ids import IdKind, new_id
from store.locks import lock_owner
from store.sealed_secrets import SecretBox
from store.tables import Delivery, Webhook
from store.webhooks import PING_SECONDS, count_pings, queue_ping, send_again

MOST_WEBHOOKS = 20
"""Of one owner."""
MOST_PINGS_EACH = 6
"""Of one webhook, in a minute."""
MOST_PINGS = 30
"""Of one owner, in a minute."""
_SECRET_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What to change of a webhook. None: nothing."""

    url: str | None = None
    events: Sequence[str] | None = None
    enabled: bool | None = None


@dataclass(frozen=True, kw_only=True)
class NewWebhook:
    """A webhook that was just made, with what is shown this once."""

    row: Webhook
    secret: str = field(repr=False)


def create(
    session: Session, caller: Caller, secrets: SecretBox, url: str, events: Sequence[str]
) -> NewWebhook:
    """Write a webhook with a new secret.

    Raises:
        TooManyWebhooks: the caller has as many as one may have.
    """
    mine = select(func.count(Webhook.id)).where(Webhook.owner == caller.owner)
    if (session.scalar(mine) or 0) >= MOST_WEBHOOKS:
        raise TooManyWebhooks(f"you already have {MOST_WEBHOOKS} webhooks; delete one first")
    webhook_id, secret = new_id(IdKind.WEBHOOK), new_secret()
    webhook = Webhook(
        id=webhook_id,
        owner=caller.owner,
        url=url,
        events=[str(event) for event in events],
        secret=secrets.seal(secret, webhook_id),
    )
    session.add(webhook)
    session.flush()
    session.refresh(webhook)
    return NewWebhook(row=webhook, secret=secret)


def new_secret() -> str:
    """Return a secret as Standard Webhooks spells them."""
    return "whsec_" + base64.b64encode(token_bytes(_SECRET_BYTES)).decode()


def list_webhooks(session: Session, caller: Caller) -> Sequence[Webhook]:
    """Return the caller's webhooks, the newest first."""
    mine = select(Webhook).where(Webhook.owner == caller.owner)
    return session.scalars(mine.order_by(Webhook.id.desc())).all()


def find(session: Session, caller: Caller, webhook_id: str) -> Webhook:
    """Return one of the caller's webhooks. Raises NotFound."""
    mine = (Webhook.id == webhook_id) & (Webhook.owner == caller.owner)
    webhook = session.scalar(select(Webhook).where(mine))
    if webhook is None:
        raise NotFound.named("webhook", webhook_id)
    return webhook


def change(session: Session, caller: Caller, webhook_id: str, changes: Changes) -> Webhook:
    """Change a webhook; one that is enabled again is no longer held to have failed.

    Raises:
        NotFound: there is none with this id.
    """
    webhook = find(session, caller, webhook_id)
    values: dict[str, Any] = {}
    if changes.url is not None:
        values["url"] = changes.url
    if changes.events is not None:
        values["events"] = [str(event) for event in changes.events]
    if changes.enabled is not None:
        values |= {"enabled": changes.enabled, "disabled_reason": None, "failing_since": None}
    for name, value in values.items():
        setattr(webhook, name, value)
    session.flush()
    return webhook


def remove(session: Session, caller: Caller, webhook_id: str) -> None:
    """Delete a webhook and its deliveries. Raises NotFound."""
    session.delete(find(session, caller, webhook_id))
    session.flush()


def ping(session: Session, caller: Caller, webhook_id: str) -> Delivery:
    """Have a delivery sent that only shows that deliveries arrive.

    Raises:
        NotFound: there is no such webhook of the caller's.
        TooManyRequests: the webhook, or the caller, had as many in the last minute as one may have.
    """
    webhook = find(session, caller, webhook_id)
    lock_owner(session, caller.owner)
    recent = count_pings(session, caller.owner)
    if recent.get(webhook_id, 0) >= MOST_PINGS_EACH or sum(recent.values()) >= MOST_PINGS:
        raise TooManyRequests(
            f"at most {MOST_PINGS_EACH} pings a minute for a webhook, and {MOST_PINGS} in all",
            headers={"Retry-After": str(PING_SECONDS)},
        )
    return queue_ping(session, webhook)


def redeliver(session: Session, caller: Caller, webhook_id: str, delivery_id: str) -> Delivery:
    """Have a delivery that has ended sent anew, under its old id.

    Raises:
        NotFound: there is no such delivery of a webhook of the caller's.
        DeliveryPending: it is still being sent.
    """
    find(session, caller, webhook_id)
    of_webhook = (Delivery.id == delivery_id) & (Delivery.webhook_id == webhook_id)
    delivery = session.scalar(select(Delivery).where(of_webhook))
    if delivery is None:
        raise NotFound(f"the webhook has no delivery {delivery_id}")
    if not send_again(session, delivery_id):
        raise DeliveryPending("the delivery is still being sent; wait until that is over")
    session.refresh(delivery)
    return delivery
