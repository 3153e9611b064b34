"""What endpoints ask for by type.

What does not wait for anything is asynchronous all the same: FastAPI would run it in a thread.
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

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

_NOUNS = {
    IdKind.SEARCH: "search",
    IdKind.EVALUATION: "evaluation",
    IdKind.GENOTYPE: "genotype",
    IdKind.WORKER: "worker",
    IdKind.KEY: "key",
    IdKind.WEBHOOK: "webhook",
    IdKind.DELIVERY: "delivery",
}
_EXAMPLE = "06dn5q2s3o8mhf2v0c1k7t4b9g"
_LONGEST_SHOWN_ID = 60


async def get_resources(request: Request) -> Resources:
    """Return what the service holds."""
    resources: Resources = request.state.resources
    return resources


ResourcesDep = Annotated[Resources, Depends(get_resources)]


def id_in_path(kind: IdKind) -> Callable[[str], Coroutine[Any, Any, str]]:
    """Return the dependency that reads the path's parameter `search_id`, and its like.

    It raises NotFound for a text that cannot be an ID of this kind.
    """
    parameter = Path(
        alias=f"{_NOUNS[kind]}_id",
        description=f"The {_NOUNS[kind]}'s ID",
        examples=[f"{kind}_{_EXAMPLE}"],
        json_schema_extra=_form_of(kind),
    )

    async def get_id(text: Annotated[str, parameter]) -> str:
        if not is_id(text, kind):
            raise NotFound(_refusal(text, kind))
        if kind is IdKind.SEARCH:
            add_fields(search_id=text)
        return text

    return get_id


def cursor_in_query(kind: IdKind) -> Callable[[str | None], Coroutine[Any, Any, str | None]]:
    """Return the dependency that reads `after`: the entry after which a page starts.

    It raises InvalidRequest for a text that cannot be an ID of this kind.
    """
    parameter = Query(
        description=f"`next_cursor` of the page before, or a {_NOUNS[kind]}'s ID",
        json_schema_extra=_form_of(kind),
    )

    async def get_cursor(after: Annotated[str | None, parameter] = None) -> str | None:
        if after is None or is_id(after, kind):
            return after
        detail = "not a valid cursor; use the `next_cursor` of the page before"
        raise InvalidRequest(detail, errors=[BadField(parameter="after", detail=detail)])

    return get_cursor


def _form_of(kind: IdKind) -> dict[str, JsonValue]:
    # For readers of the document alone: what has another form is not found, and told so.
    return {"pattern": rf"^{kind}_[0-9a-v]{{26}}$"}


def _refusal(text: str, wanted: IdKind) -> str:
    shown = text.encode(errors="backslashreplace").decode()[:_LONGEST_SHOWN_ID]
    for kind, noun in _NOUNS.items():
        if is_id(text, kind):
            article = "an" if noun[0] in "aeiou" else "a"
            return f"{shown!r} is {article} {noun} ID, not a {_NOUNS[wanted]} ID"
    return f"{shown!r} is not a valid {_NOUNS[wanted]} ID"


SearchIdDep = Annotated[str, Depends(id_in_path(IdKind.SEARCH))]
GenotypeIdDep = Annotated[str, Depends(id_in_path(IdKind.GENOTYPE))]
WorkerIdDep = Annotated[str, Depends(id_in_path(IdKind.WORKER))]
KeyIdDep = Annotated[str, Depends(id_in_path(IdKind.KEY))]
WebhookIdDep = Annotated[str, Depends(id_in_path(IdKind.WEBHOOK))]
DeliveryIdDep = Annotated[str, Depends(id_in_path(IdKind.DELIVERY))]

SearchCursorDep = Annotated[str | None, Depends(cursor_in_query(IdKind.SEARCH))]
GenotypeCursorDep = Annotated[str | None, Depends(cursor_in_query(IdKind.GENOTYPE))]
KeyCursorDep = Annotated[str | None, Depends(cursor_in_query(IdKind.KEY))]
DeliveryCursorDep = Annotated[str | None, Depends(cursor_in_query(IdKind.DELIVERY))]
