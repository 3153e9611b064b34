"""What endpoints ask for by type.

What does not wait for anything is asynchronous all the same: FastAPI would run it in a thread.
"""

from typing import Annotated

from fastapi import Depends, Path, Query, Request
from pydantic import JsonValue

from api.endpoint.access import AdminDep, AnyCallerDep, CallerDep
from api.endpoint.sessions import SessionDep
from api.http.errors import InvalidRequest, NotFound
from api.http.problem import BadField
from api.resources.resources import Resources
from store.ids import IdKind, is_id
from store.logs import add_fields

__all__ = ["AdminDep", "AnyCallerDep", "CallerDep", "SessionDep"]

_NAMES = {
    IdKind.SEARCH: "a search",
    IdKind.EVALUATION: "an evaluation",
    IdKind.GENOTYPE: "a genotype",
    IdKind.WORKER: "a worker",
    IdKind.KEY: "an API key",
    IdKind.WEBHOOK: "a webhook",
    IdKind.DELIVERY: "a delivery",
}
_LONGEST_SHOWN_ID = 60


def _form_of(kind: IdKind) -> dict[str, JsonValue]:
    # For readers of the document alone: what has another form is not found, and told so.
    return {"pattern": rf"^{kind}_[0-9a-v]{{26}}$"}


async def get_resources(request: Request) -> Resources:
    """Return what the service holds."""
    resources: Resources = request.state.resources
    return resources


ResourcesDep = Annotated[Resources, Depends(get_resources)]


async def get_search_id(
    search_id: Annotated[
        str,
        Path(
            description="The search's id",
            examples=["srch_06dn5q2s3o8mhf2v0c1k7t4b9g"],
            json_schema_extra=_form_of(IdKind.SEARCH),
        ),
    ],
) -> str:
    """Return an id that can be that of a search."""
    checked = _checked_id(search_id, IdKind.SEARCH)
    add_fields(search_id=checked)
    return checked


SearchIdDep = Annotated[str, Depends(get_search_id)]


async def get_genotype_id(
    genotype_id: Annotated[
        str,
        Path(
            description="The genotype's id",
            examples=["gt_06dn5q2s3o8mhf2v0c1k7t4b9g"],
            json_schema_extra=_form_of(IdKind.GENOTYPE),
        ),
    ],
) -> str:
    """Return an id that can be that of a genotype."""
    return _checked_id(genotype_id, IdKind.GENOTYPE)


GenotypeIdDep = Annotated[str, Depends(get_genotype_id)]


async def get_worker_id(
    worker_id: Annotated[
        str,
        Path(
            description="The worker's id",
            examples=["wrk_06dn5q2s3o8mhf2v0c1k7t4b9g"],
            json_schema_extra=_form_of(IdKind.WORKER),
        ),
    ],
) -> str:
    """Return an id that can be that of a worker."""
    return _checked_id(worker_id, IdKind.WORKER)


WorkerIdDep = Annotated[str, Depends(get_worker_id)]


async def get_key_id(
    key_id: Annotated[
        str,
        Path(
            description="The key's id",
            examples=["key_06dn5q2s3o8mhf2v0c1k7t4b9g"],
            json_schema_extra=_form_of(IdKind.KEY),
        ),
    ],
) -> str:
    """Return an id that can be that of an API key."""
    return _checked_id(key_id, IdKind.KEY)


KeyIdDep = Annotated[str, Depends(get_key_id)]


async def get_search_cursor(
    after: Annotated[
        str | None,
        Query(
            description="`next_cursor` of the page before, or a search's id",
            json_schema_extra=_form_of(IdKind.SEARCH),
        ),
    ] = None,
) -> str | None:
    """Return the id of the search after which a page starts."""
    return _checked_cursor(after, IdKind.SEARCH)


SearchCursorDep = Annotated[str | None, Depends(get_search_cursor)]


async def get_genotype_cursor(
    after: Annotated[
        str | None,
        Query(
            description="`next_cursor` of the page before, or a genotype's id",
            json_schema_extra=_form_of(IdKind.GENOTYPE),
        ),
    ] = None,
) -> str | None:
    """Return the id of the genotype after which a page starts."""
    return _checked_cursor(after, IdKind.GENOTYPE)


GenotypeCursorDep = Annotated[str | None, Depends(get_genotype_cursor)]


async def get_key_cursor(
    after: Annotated[
        str | None,
        Query(
            description="`next_cursor` of the page before, or a key's id",
            json_schema_extra=_form_of(IdKind.KEY),
        ),
    ] = None,
) -> str | None:
    """Return the id of the key after which a page starts."""
    return _checked_cursor(after, IdKind.KEY)


KeyCursorDep = Annotated[str | None, Depends(get_key_cursor)]


async def get_webhook_id(
    webhook_id: Annotated[
        str,
        Path(
            description="The webhook's id",
            examples=["whk_06dn5q2s3o8mhf2v0c1k7t4b9g"],
            json_schema_extra=_form_of(IdKind.WEBHOOK),
        ),
    ],
) -> str:
    """Return an id that can be that of a webhook."""
    return _checked_id(webhook_id, IdKind.WEBHOOK)


WebhookIdDep = Annotated[str, Depends(get_webhook_id)]


async def get_delivery_id(
    delivery_id: Annotated[
        str,
        Path(
            description="The delivery's id",
            examples=["msg_06dn5q2s3o8mhf2v0c1k7t4b9g"],
            json_schema_extra=_form_of(IdKind.DELIVERY),
        ),
    ],
) -> str:
    """Return an id that can be that of a delivery."""
    return _checked_id(delivery_id, IdKind.DELIVERY)


DeliveryIdDep = Annotated[str, Depends(get_delivery_id)]


async def get_delivery_cursor(
    after: Annotated[
        str | None,
        Query(
            description="`next_cursor` of the page before, or a delivery's id",
            json_schema_extra=_form_of(IdKind.DELIVERY),
        ),
    ] = None,
) -> str | None:
    """Return the id of the delivery after which a page starts."""
    return _checked_cursor(after, IdKind.DELIVERY)


DeliveryCursorDep = Annotated[str | None, Depends(get_delivery_cursor)]


def _checked_cursor(after: str | None, wanted: IdKind) -> str | None:
    if after is None or is_id(after, wanted):
        return after
    detail = "not a cursor: take `next_cursor` of the page before"
    raise InvalidRequest(detail, errors=[BadField(parameter="after", detail=detail)])


def _checked_id(text: str, wanted: IdKind) -> str:
    if is_id(text, wanted):
        return text
    for kind, name in _NAMES.items():
        if is_id(text, kind):
            raise NotFound(f"{text} names {name}, not {_NAMES[wanted]}")
    shown = text.encode(errors="backslashreplace").decode()[:_LONGEST_SHOWN_ID]
    raise NotFound(f"{shown!r} is no id: that of {_NAMES[wanted]} starts with {wanted}_")
