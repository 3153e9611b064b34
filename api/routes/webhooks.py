"""Webhooks, and what was delivered to them."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response

from api.docs.openapi import problems
from api.endpoint.dependencies import (
    CallerDep,
    DeliveryCursorDep,
    DeliveryIdDep,
    ResourcesDep,
    SessionDep,
    WebhookIdDep,
)
from api.endpoint.idempotency import IDEMPOTENCY_ERRORS, idempotent
from api.endpoint.route import ApiRoute
from api.http.answer_headers import NEVER
from api.http.answers import json_answer
from api.http.bodies import Page
from api.http.errors import (
    BodyTooLarge,
    DeliveryPending,
    InvalidRequest,
    MalformedJson,
    NotFound,
    TooManyWebhooks,
    UnsupportedMediaType,
    WebhooksOff,
)
from api.resources.resources import Resources
from api.schemas.webhooks import (
    EXAMPLE_CHANGES,
    EXAMPLE_WEBHOOKS,
    DeliveryBody,
    NewWebhookBody,
    WebhookBody,
    WebhookChange,
    WebhookRequest,
    delivery_body,
    new_webhook_body,
    webhook_body,
    webhook_path,
)
from api.services import webhooks
from api.services.webhooks import Changes
from api.webhooks.addresses import AddressRefused, check_url
from store.webhooks import deliveries_of


async def require_webhooks(_: CallerDep, resources: ResourcesDep) -> None:
    """Refuse every request while webhooks are off. Raises WebhooksOff."""
    if resources.settings.webhooks == "off":
        raise WebhooksOff("webhooks are turned off here; the operator can set PDARTS_WEBHOOKS=on")


router = APIRouter(
    prefix="/webhooks",
    tags=["webhooks"],
    route_class=ApiRoute,
    dependencies=[Depends(require_webhooks)],
    responses=problems(WebhooksOff),
)

_ERRORS_OF_A_BODY = (MalformedJson, BodyTooLarge, UnsupportedMediaType, InvalidRequest)


@router.post(
    "",
    status_code=201,
    response_model=NewWebhookBody,
    responses=problems(MalformedJson, UnsupportedMediaType, TooManyWebhooks, *IDEMPOTENCY_ERRORS),
)
@idempotent(secrets={"secret"})
def create_webhook(
    caller: CallerDep,
    session: SessionDep,
    resources: ResourcesDep,
    body: Annotated[WebhookRequest, Body(openapi_examples=EXAMPLE_WEBHOOKS)],
) -> Response:
    """Create a webhook. Only this answer contains its secret."""
    _check_url(resources, body.url)
    assert resources.secrets is not None, "webhooks are on"  # noqa: S101
    new = webhooks.create(session, caller, resources.secrets, body.url, body.events)
    answer, location = new_webhook_body(new.row, new.secret), webhook_path(new.row.id)
    return json_answer(answer, status_code=201, location=location, cache_control=NEVER)


@router.get("", name="list_webhooks")
def list_callers_webhooks(caller: CallerDep, session: SessionDep) -> Page[WebhookBody]:
    """List your webhooks, the newest first; you can have 20 at most."""
    found = webhooks.list_webhooks(session, caller)
    return Page(data=[webhook_body(webhook) for webhook in found])


@router.get("/{webhook_id}", responses=problems(NotFound))
def get_webhook(caller: CallerDep, session: SessionDep, webhook_id: WebhookIdDep) -> WebhookBody:
    """Read a webhook, without its secret."""
    return webhook_body(webhooks.find(session, caller, webhook_id))


@router.patch("/{webhook_id}", responses=problems(NotFound, *_ERRORS_OF_A_BODY))
def change_webhook(
    caller: CallerDep,
    session: SessionDep,
    resources: ResourcesDep,
    webhook_id: WebhookIdDep,
    body: Annotated[WebhookChange, Body(openapi_examples=EXAMPLE_CHANGES)],
) -> WebhookBody:
    """Change a webhook's URL or events, disable it, or enable it again."""
    if body.url is not None:
        _check_url(resources, body.url)
    changes = Changes(url=body.url, events=body.events, enabled=body.enabled)
    return webhook_body(webhooks.change(session, caller, webhook_id, changes))


@router.delete(
    "/{webhook_id}", status_code=204, response_class=Response, responses=problems(NotFound)
)
def delete_webhook(caller: CallerDep, session: SessionDep, webhook_id: WebhookIdDep) -> None:
    """Delete a webhook and its deliveries. Nothing more is sent to it."""
    webhooks.remove(session, caller, webhook_id)


@router.post(
    "/{webhook_id}/ping",
    status_code=202,
    responses=problems(NotFound, *IDEMPOTENCY_ERRORS),
)
@idempotent()
def ping_webhook(caller: CallerDep, session: SessionDep, webhook_id: WebhookIdDep) -> DeliveryBody:
    """Send a `webhook.ping` delivery, to see whether deliveries arrive."""
    return delivery_body(webhooks.ping(session, caller, webhook_id))


@router.get("/{webhook_id}/deliveries", responses=problems(NotFound))
def list_deliveries(
    caller: CallerDep,
    session: SessionDep,
    webhook_id: WebhookIdDep,
    after: DeliveryCursorDep,
    limit: Annotated[int, Query(description="Deliveries on a page", ge=1, le=200)] = 50,
) -> Page[DeliveryBody]:
    """List what was delivered to a webhook, the newest first. They are kept for 30 days."""
    webhooks.find(session, caller, webhook_id)
    found = deliveries_of(session, webhook_id, after=after, limit=limit + 1)
    page = found[:limit]
    return Page(
        data=[delivery_body(delivery) for delivery in page],
        next_cursor=page[-1].id if len(found) > limit else None,
    )


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    status_code=202,
    responses=problems(NotFound, DeliveryPending, *IDEMPOTENCY_ERRORS),
)
@idempotent()
def redeliver(
    caller: CallerDep,
    session: SessionDep,
    webhook_id: WebhookIdDep,
    delivery_id: DeliveryIdDep,
) -> DeliveryBody:
    """Send a finished delivery again, with the same `webhook-id` and body."""
    return delivery_body(webhooks.redeliver(session, caller, webhook_id, delivery_id))


def _check_url(resources: Resources, url: str) -> None:
    settings = resources.settings
    try:
        check_url(url, allow_http=settings.webhook_http == "on", allowed=settings.webhook_networks)
    except AddressRefused as error:
        raise InvalidRequest.at(["url"], f"the URL is not allowed: {error}") from error
