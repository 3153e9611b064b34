"""Webhooks and their deliveries as clients see them."""

from datetime import datetime
from typing import Annotated, Any

from fastapi.openapi.models import Example
from pydantic import AfterValidator, Field
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from api.http.bodies import BASE, Body, Input, described
from api.webhooks.addresses import LONGEST_URL
from store.ids import search_id_of
from store.kinds import webhook_events
from store.states import DeliveryState
from store.tables import Delivery, Webhook


class WebhookEvent(str):
    """What a webhook can be told."""

    # The registry is asked each time: a kind may be registered after this module was imported.
    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        text = core_schema.str_schema()
        return core_schema.no_info_after_validator_function(cls._check, text, ref=cls.__name__)

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Any, _handler: Any) -> dict[str, Any]:
        name, about = cls.__name__, cls.__doc__
        return {"type": "string", "enum": webhook_events(), "title": name, "description": about}

    @classmethod
    def _check(cls, name: str) -> str:
        known = [repr(event) for event in webhook_events()]
        if repr(name) not in known:
            expected = f"{', '.join(known[:-1])} or {known[-1]}"
            raise PydanticKnownError("enum", {"expected": expected})
        return name


def _bound(schema: dict[str, Any]) -> None:
    schema |= {"uniqueItems": True, "maxItems": len(webhook_events())}


def _without_doubles(events: list[WebhookEvent]) -> list[WebhookEvent]:
    if len(set(events)) < len(events):
        raise ValueError("lists an event twice")
    return events


_URL = Annotated[
    str,
    Field(
        description="Where deliveries are sent, with POST",
        min_length=1,
        max_length=LONGEST_URL,
        examples=["https://example.org/pdarts"],
    ),
]
_EVENTS = Annotated[
    list[WebhookEvent],
    AfterValidator(_without_doubles),
    Field(
        description="The events that it receives",
        min_length=1,
        json_schema_extra=_bound,
    ),
]


class WebhookRequest(Input):
    """A webhook to create."""

    url: _URL
    events: _EVENTS


class WebhookChange(Input):
    """What to change about a webhook; what you leave out stays as it is."""

    url: _URL | None = described("Where deliveries are sent; null: no change", default=None)
    events: _EVENTS | None = described("The events that it receives; null: no change", default=None)
    enabled: bool | None = described("Whether anything is sent to it", default=None)


class WebhookBody(Body):
    """A webhook, without its secret."""

    id: str = described("The webhook's ID")
    url: str = described("Where deliveries are sent")
    events: list[str] = described("The events that it receives")
    enabled: bool = described("Whether anything is sent to it")
    disabled_reason: str | None = described("Why the service disabled it")
    failing_since: datetime | None = described("The first failure since the last success")
    created_at: datetime = described("When it was created")


class NewWebhookBody(WebhookBody):
    """A webhook that was just created."""

    secret: str | None = described(
        "What deliveries are signed with; it won't be shown again. Null if this answer is "
        "repeated for its Idempotency-Key",
        examples=["whsec_…"],
    )


class DeliveryBody(Body):
    """One message to a webhook."""

    id: str = described("Sent as `webhook-id`, the same at each attempt")
    event: str = described("The event that it reports", examples=["search.succeeded"])
    job: str | None = described("The ID of the job that it is about; null for a ping")
    search: str | None = described("The same, if that is a search")
    state: DeliveryState = described("`dead`: it is not retried automatically")
    attempts: int = described(
        "How many times it has been tried, since the event or since it was last redelivered"
    )
    due_at: datetime | None = described("When it will be sent next; only while it is pending")
    last_status: int | None = described(
        "The receiver's last HTTP status; null if it has not answered"
    )
    last_error: str | None = described("Why the last attempt failed")
    created_at: datetime = described("When the event happened")
    finished_at: datetime | None = described("When it was delivered, or given up")


def webhook_path(webhook_id: str) -> str:
    """Return where a webhook lies."""
    return f"{BASE}/webhooks/{webhook_id}"


def webhook_body(row: Webhook) -> WebhookBody:
    """Return what clients are shown of a webhook."""
    return WebhookBody(**_columns(row))


def new_webhook_body(row: Webhook, secret: str) -> NewWebhookBody:
    """Return what the client that made a webhook is shown."""
    return NewWebhookBody(**_columns(row), secret=secret)


def delivery_body(row: Delivery) -> DeliveryBody:
    """Return what clients are shown of a delivery."""
    return DeliveryBody(
        id=row.id,
        event=row.event,
        job=row.job_id,
        search=search_id_of(row.job_id),
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
        "summary": "Hear when a search ends",
        "value": {
            "url": "https://example.org/pdarts",
            "events": ["search.succeeded", "search.failed", "search.cancelled"],
        },
    },
}
EXAMPLE_CHANGES: dict[str, Example] = {
    "enable": {"summary": "Enable it again", "value": {"enabled": True}},
}
