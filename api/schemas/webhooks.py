"""Webhooks and their deliveries as clients see them."""

from datetime import datetime
from typing import Annotated, Any

from fastapi.openapi.models import Example
from pydantic import AfterValidator, Field

from api.http.bodies import BASE, Body, Input, described
from api.webhooks.addresses import LONGEST_URL
from store.states import DeliveryState
from store.tables import Delivery, Webhook
from store.webhooks import WebhookEvent


def _without_doubles(events: list[WebhookEvent]) -> list[WebhookEvent]:
    if len(set(events)) < len(events):
        raise ValueError("names an event twice")
    return events


_URL = Annotated[
    str,
    Field(
        description="Where deliveries are sent to, with POST",
        min_length=1,
        max_length=LONGEST_URL,
        examples=["https://example.org/pdarts"],
    ),
]
_EVENTS = Annotated[
    list[Annotated[WebhookEvent, Field(strict=False)]],
    AfterValidator(_without_doubles),
    Field(
        description="What it is told",
        min_length=1,
        max_length=len(WebhookEvent),
        json_schema_extra={"uniqueItems": True},
    ),
]


class WebhookRequest(Input):
    """A webhook to be made."""

    url: _URL
    events: _EVENTS


class WebhookChange(Input):
    """What to change of a webhook; what is left out stays."""

    url: _URL | None = described("Where deliveries are sent to; null: as it is", default=None)
    events: _EVENTS | None = described("What it is told; null: as it is", default=None)
    enabled: bool | None = described("Whether anything is sent to it", default=None)


class WebhookBody(Body):
    """A webhook, without its secret."""

    id: str = described("The webhook's id")
    url: str = described("Where deliveries are sent to")
    events: list[str] = described("What it is told")
    enabled: bool = described("Whether anything is sent to it")
    disabled_reason: str | None = described("Why the service disabled it by itself")
    failing_since: datetime | None = described("The first failure since the last success")
    created_at: datetime = described("When it was made")


class NewWebhookBody(WebhookBody):
    """A webhook that was just made."""

    secret: str | None = described(
        "What deliveries are signed with, shown this once; null where the answer is given again "
        "for its Idempotency-Key",
        examples=["whsec_…"],
    )


class DeliveryBody(Body):
    """One message to a webhook."""

    id: str = described("Sent as `webhook-id`, the same each time")
    event: str = described("What it tells", examples=["search.succeeded"])
    search: str | None = described("The id of the search that it is about")
    state: DeliveryState = described("`dead`: it is not tried again by itself")
    attempts: int = described("How often it was sent since it was last asked for")
    due_at: datetime | None = described("When it is sent next; only while it is pending")
    last_status: int | None = described("What the receiver answered last; null if nothing")
    last_error: str | None = described("Why the last attempt failed")
    created_at: datetime = described("When it came to be told")
    finished_at: datetime | None = described("When it arrived, or was given up")


def webhook_path(webhook_id: str) -> str:
    """Return where a webhook lies."""
    return f"{BASE}/webhooks/{webhook_id}"


def webhook_body(row: Webhook) -> WebhookBody:
    """Return what clients are shown of a webhook."""
    return WebhookBody(**_columns(row))


def new_webhook_body(row: Webhook) -> NewWebhookBody:
    """Return what the client that made a webhook is shown."""
    return NewWebhookBody(**_columns(row), secret=row.secret)


def delivery_body(row: Delivery) -> DeliveryBody:
    """Return what clients are shown of a delivery."""
    return DeliveryBody(
        id=row.id,
        event=row.event,
        search=row.search_id,
        state=row.state,
        attempts=row.attempts,
        due_at=row.due_at if row.state is DeliveryState.PENDING else None,
        last_status=row.last_status,
        last_error=row.last_error,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _columns(row: Webhook) -> dict[str, Any]:
    return {name: getattr(row, name) for name in WebhookBody.model_fields}


EXAMPLE_WEBHOOKS: dict[str, Example] = {
    "ends": {
        "summary": "Be told when a search has ended",
        "value": {
            "url": "https://example.org/pdarts",
            "events": ["search.succeeded", "search.failed", "search.cancelled"],
        },
    },
}
EXAMPLE_CHANGES: dict[str, Example] = {
    "enable": {"summary": "Enable it again", "value": {"enabled": True}},
}
