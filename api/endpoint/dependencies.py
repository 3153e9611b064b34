"""What endpoints ask for by the type of a parameter.

What does not wait for anything is asynchronous all the same: FastAPI would run it in a thread.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from pydantic import JsonValue

from api.endpoint.access import AdminDep, AnyCallerDep, CallerDep
from api.endpoint.sessions import SessionDep
from api.http.errors import InvalidRequest, NotFound
from api.http.problem import BadField
from api.resources.resources import Resources
from store.ids import IdKind, id_pattern, is_id
from store.kinds import KINDS, kind_of_id
from store.logs import add_fields
from store.wording import with_article

__all__ = ["AdminDep", "AnyCallerDep", "CallerDep", "SessionDep"]

_NOUNS: Mapping[str, str] = {
    IdKind.GENOTYPE: "genotype",
    IdKind.WEIGHTS: "weights",
    IdKind.UPLOAD: "upload",
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
DryRunQuery = Annotated[
    bool, Query(description="Check the spec and fill in its defaults, but submit nothing")
]


def id_in_path(kind: str) -> Callable[[str], Coroutine[Any, Any, str]]:
    """Return the dependency that reads an id in the path, such as `search_id`.

    It raises NotFound for a text that cannot be an ID of this kind.
    """
    noun = _nouns()[kind]
    parameter = Path(
        alias=f"{noun}_id",
        description=f"ID of the {noun}",
        examples=[f"{kind}_{_EXAMPLE}"],
        json_schema_extra=_form_of(kind),
    )

    async def get_id(text: Annotated[str, parameter]) -> str:
        if not is_id(text, kind):
            raise NotFound(_refusal(text, kind))
        job_kind = kind_of_id(text)
        if job_kind is not None:
            add_fields(**{job_kind.id_field: text})
        return text

    return get_id


def cursor_in_query(kind: str) -> Callable[[str | None], Coroutine[Any, Any, str | None]]:
    """Return the dependency that reads `after`, the entry that a page starts after.

    It raises InvalidRequest for a text that cannot be an ID of this kind.
    """
    parameter = Query(
        description=f"`next_cursor` of the page before, or the ID of the {_nouns()[kind]} that the "
        "page starts after",
        json_schema_extra=_form_of(kind),
    )

    async def get_cursor(after: Annotated[str | None, parameter] = None) -> str | None:
        if after is None or is_id(after, kind):
            return after
        raise bad_cursor()

    return get_cursor


def bad_cursor() -> InvalidRequest:
    """Return the refusal of a text that is no cursor."""
    detail = "not a valid cursor; use the `next_cursor` of the page before"
    return InvalidRequest(detail, errors=[BadField(parameter="after", detail=detail)])


def _form_of(kind: str) -> dict[str, JsonValue]:
    # For readers of the document alone: what has another form is not found, and told so.
    return {"pattern": id_pattern(kind)}


def _nouns() -> Mapping[str, str]:
    """Return the nouns of what ids name, by their prefixes."""
    return {**_NOUNS, **{kind.id_prefix: kind.noun for kind in KINDS.values()}}


def _refusal(text: str, wanted: str) -> str:
    nouns = _nouns()
    shown = text.encode(errors="backslashreplace").decode()[:_LONGEST_SHOWN_ID]
    for kind, noun in nouns.items():
        if is_id(text, kind):
            return f"{shown!r} is {with_article(noun)} ID, not {with_article(nouns[wanted])} ID"
    return f"{shown!r} is not a valid {nouns[wanted]} ID"


SearchIdDep = Annotated[str, Depends(id_in_path(IdKind.SEARCH))]
EvaluationIdDep = Annotated[str, Depends(id_in_path(IdKind.EVALUATION))]
GenotypeIdDep = Annotated[str, Depends(id_in_path(IdKind.GENOTYPE))]
WeightsIdDep = Annotated[str, Depends(id_in_path(IdKind.WEIGHTS))]
UploadIdDep = Annotated[str, Depends(id_in_path(IdKind.UPLOAD))]
WorkerIdDep = Annotated[str, Depends(id_in_path(IdKind.WORKER))]
KeyIdDep = Annotated[str, Depends(id_in_path(IdKind.KEY))]
WebhookIdDep = Annotated[str, Depends(id_in_path(IdKind.WEBHOOK))]
DeliveryIdDep = Annotated[str, Depends(id_in_path(IdKind.DELIVERY))]

GenotypeCursorDep = Annotated[str | None, Depends(cursor_in_query(IdKind.GENOTYPE))]
WeightsCursorDep = Annotated[str | None, Depends(cursor_in_query(IdKind.WEIGHTS))]
UploadCursorDep = Annotated[str | None, Depends(cursor_in_query(IdKind.UPLOAD))]
KeyCursorDep = Annotated[str | None, Depends(cursor_in_query(IdKind.KEY))]
DeliveryCursorDep = Annotated[str | None, Depends(cursor_in_query(IdKind.DELIVERY))]
