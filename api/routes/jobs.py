"""What every kind of job has at its path: read, change, move, delete, and its history.

The routes are written once; a kind says how it is shown, and is served.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, BackgroundTasks, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.docs.openapi import problems
from api.endpoint.dependencies import (
    CallerDep,
    ResourcesDep,
    SessionDep,
    cursor_in_query,
    id_in_path,
)
from api.endpoint.idempotency import IDEMPOTENCY_ERRORS, idempotent
from api.endpoint.job_filter import filter_in_query
from api.endpoint.json_body import MERGE_PATCH
from api.endpoint.metadata_filter import METADATA_PARAMETER
from api.endpoint.sessions import ring_after_commit
from api.endpoint.waiting import preferred_wait, wait_for_news
from api.http.answers import json_answer, sends
from api.http.bodies import Page
from api.http.conditional import matches, version_tag
from api.http.csv_tables import AS_CSV
from api.http.errors import (
    BodyTooLarge,
    Conflict,
    InvalidRequest,
    MalformedJson,
    NotFound,
    NotPrioritizable,
    PreconditionFailed,
    QuotaExceeded,
    UnsupportedMediaType,
)
from api.http.paging import NEXT_PAGE, page_response
from api.resources.job_versions import JobVersion
from api.resources.resources import Resources
from api.resources.security import Caller
from api.schemas.jobs import JobBody, JobPatch
from api.services import changes, jobs
from api.services.jobs import CANCEL, MOVES, PAUSE, RESUME, RETRY, JobFilter, Move
from api.services.quotas import check_active_jobs
from store.kinds import Kind

B = TypeVar("B", bound=JobBody)

_TOLD_OF_MOVES = {
    CANCEL: "Cancel {a}: at once if it is waiting, within seconds if it is running.",
    PAUSE: "Pause {a}: at once if it is waiting, within seconds (with a checkpoint) if running.",
    RESUME: "Queue a paused {noun} again. It continues from its last checkpoint.",
    RETRY: "Queue a failed {noun} again. It continues from its last checkpoint.",
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A job as its kind shows it to clients."""

    body: JobBody
    version: int

    def answer(self, *, status_code: int = 200, location: str | None = None) -> Response:
        """Return it with the tag of its version, with which its reader waits for the next."""
        etag = version_tag(self.version)
        return json_answer(self.body, status_code=status_code, etag=etag, location=location)


@dataclass(frozen=True, kw_only=True)
class JobResource(Generic[B]):
    """The interface's half of a kind of job."""

    kind: Kind
    body: type[B]
    read: Callable[[Session, Caller, str], Shown]
    """Reads one of the caller's jobs. Raises NotFound."""
    page: Callable[[Session, Caller, JobFilter, str | None, int], Sequence[B]]
    """Lists this many of them, in the order of the filter, starting after the one with an id."""
    columns: Sequence[str]
    """Columns of the list as a table."""
    as_row: Callable[[B], Mapping[str, Any]]
    patch: type[JobPatch]
    still_active: type[Conflict]
    """The error if a job that has not ended is to be deleted."""
    wanted: Any = None
    """The dependency that reads which of them to list, if the kind has filters of its own."""

    @property
    def path(self) -> str:
        """Path of one of them, below that of all."""
        return f"/{{{self.kind.id_field}}}"


def add_job_routes(router: APIRouter, resource: JobResource[B]) -> None:
    """Add to a kind's router the routes that all kinds have."""
    _add_list(router, resource)
    _add_read(router, resource)
    _add_change(router, resource)
    for move in MOVES:
        _add_move(router, resource, move)
    _add_delete(router, resource)


def _add_list(router: APIRouter, resource: JobResource[B]) -> None:
    kind = resource.kind

    def list_page(
        request: Request,
        caller: CallerDep,
        session: SessionDep,
        after: str | None,
        wanted: JobFilter,
        limit: Annotated[
            int, Query(description=f"{kind.plural.capitalize()} on a page", ge=1, le=200)
        ] = 50,
    ) -> Response:
        found = resource.page(session, caller, wanted, after, limit + 1)
        page = found[:limit]
        return page_response(
            request,
            page,
            page[-1].id if len(found) > limit else None,
            columns=resource.columns,
            as_row=resource.as_row,
        )

    router.add_api_route(
        "",
        typed(
            list_page,
            after=Annotated[str | None, Depends(cursor_in_query(kind.id_prefix))],
            wanted=resource.wanted or Annotated[JobFilter, Depends(filter_in_query(kind))],
        ),
        methods=["GET"],
        name=f"list_{kind.plural}",
        description=f"List {kind.plural}, the newest first unless `sort` says otherwise, "
        "as JSON or CSV (`Accept: text/csv`).\n\n"
        f"They are sorted by ID, which grows with time, so that new {kind.plural} do not shift "
        f"later pages.\n{kind.a_noun.capitalize()} is listed if it passes all filters.",
        response_model=Page[resource.body],  # type: ignore[name-defined]
        responses=problems() | {200: AS_CSV | {"headers": NEXT_PAGE}},
        openapi_extra={"parameters": [METADATA_PARAMETER]},
    )


def _add_read(router: APIRouter, resource: JobResource[B]) -> None:
    kind = resource.kind

    async def read(
        request: Request,
        caller: CallerDep,
        resources: ResourcesDep,
        job_id: str,
        if_none_match: Annotated[str | None, Header(description="The `ETag` that you have")] = None,
        prefer: Annotated[
            str,
            Header(
                description="`wait=N`: wait up to N seconds (60 at most). With `If-None-Match`, "
                "the answer comes as soon as anything changes; without it, only once the "
                f"{kind.noun} has ended",
                examples=["wait=30"],
            ),
        ] = "",
    ) -> Response:
        known = await _known_version(
            request, resources, caller, job_id, if_none_match, preferred_wait(prefer)
        )
        if known is not None:
            return Response(status_code=304, headers={"ETag": version_tag(known.version)})

        def answer() -> Response:
            with resources.database.read() as session:
                return resource.read(session, caller, job_id).answer()

        async with resources.readers.of(caller.owner):
            return await run_in_threadpool(answer)

    router.add_api_route(
        resource.path,
        typed(read, job_id=job_id_type(kind)),
        methods=["GET"],
        name=f"get_{kind.noun}",
        description=f"Read {kind.a_noun}.",
        response_model=resource.body,
        responses=problems(NotFound),
    )


async def _known_version(
    request: Request,
    resources: Resources,
    caller: Caller,
    job_id: str,
    if_none_match: str | None,
    wait_seconds: int,
) -> JobVersion | None:
    """Return the job's version, after a wait for news, if the client knows it already."""

    def is_known(seen: JobVersion) -> bool:
        return matches(if_none_match, version_tag(seen.version))

    def is_news(seen: JobVersion) -> bool:
        return seen.has_ended or (if_none_match is not None and not is_known(seen))

    if wait_seconds:
        seen = await wait_for_news(
            request, resources, caller, job_id, is_news=is_news, seconds=wait_seconds
        )
    elif if_none_match is not None:
        seen = await resources.job_versions.read(caller, job_id)
    else:
        return None
    return seen if is_known(seen) else None


def _add_change(router: APIRouter, resource: JobResource[B]) -> None:
    kind = resource.kind

    def change(
        body: JobPatch,
        caller: CallerDep,
        session: SessionDep,
        job_id: str,
        if_match: Annotated[
            str | None,
            Header(
                description=f"The `ETag` that you have; refuse if the {kind.noun} has changed since"
            ),
        ] = None,
    ) -> Response:
        changes.change(session, caller, kind, job_id, body, if_match)
        return resource.read(session, caller, job_id).answer()

    schema = {"$ref": f"#/components/schemas/{resource.patch.__name__}"}
    router.add_api_route(
        resource.path,
        typed(change, job_id=job_id_type(kind), body=resource.patch),
        methods=["PATCH"],
        name=f"change_{kind.noun}",
        description=f"Change {kind.a_noun}'s name, metadata or priority.",
        response_model=resource.body,
        responses=problems(
            MalformedJson,
            NotFound,
            NotPrioritizable,
            PreconditionFailed,
            BodyTooLarge,
            UnsupportedMediaType,
            InvalidRequest,
        )
        | {200: sends("ETag")},
        openapi_extra={"requestBody": {"content": {MERGE_PATCH: {"schema": schema}}}},
    )


def _add_move(router: APIRouter, resource: JobResource[B], move: Move) -> None:
    kind = resource.kind

    def make(
        session: SessionDep,
        caller: CallerDep,
        resources: ResourcesDep,
        job_id: str,
    ) -> Response:
        jobs.move(session, caller, kind, job_id, move)
        if move.queues:
            ring_after_commit(session, resources, job_id)
            check_active_jobs(session, caller, kind, resources.settings.active_jobs)
        return resource.read(session, caller, job_id).answer(status_code=202)

    quota = (QuotaExceeded,) if move.queues else ()
    router.add_api_route(
        f"{resource.path}/{move.name}",
        idempotent()(typed(make, job_id=job_id_type(kind))),
        methods=["POST"],
        status_code=202,
        name=f"{move.name}_{kind.noun}",
        description=_TOLD_OF_MOVES[move].format(a=kind.a_noun, noun=kind.noun),
        response_model=resource.body,
        responses=problems(move.refusal, *quota, NotFound, *IDEMPOTENCY_ERRORS)
        | {202: sends("ETag")},
    )


def _add_delete(router: APIRouter, resource: JobResource[B]) -> None:
    kind = resource.kind

    def delete(
        caller: CallerDep,
        session: SessionDep,
        resources: ResourcesDep,
        job_id: str,
        background: BackgroundTasks,
    ) -> None:
        jobs.remove(session, caller, kind, job_id, resource.still_active)
        background.add_task(resources.artifacts.delete_folder, job_id)

    router.add_api_route(
        resource.path,
        typed(delete, job_id=job_id_type(kind)),
        methods=["DELETE"],
        status_code=204,
        response_class=Response,
        name=f"delete_{kind.noun}",
        description=f"Delete {kind.a_noun} that has ended, with everything it left behind.",
        responses=problems(NotFound, resource.still_active),
    )


def typed(endpoint: Callable[..., Any], **types: Any) -> Callable[..., Any]:
    """Give parameters of an endpoint the types that a kind has for them."""
    endpoint.__annotations__.update(types)
    return endpoint


def job_id_type(kind: Kind) -> Any:
    """Return the type of an endpoint's parameter that is the ID in its path."""
    return Annotated[str, Depends(id_in_path(kind.id_prefix))]
