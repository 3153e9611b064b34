"""The calls that concern searches and their results. Every one takes the search's id first."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

import httpx

from cli.client.call import Call, as_model, as_nothing, as_page, as_text, get, post
from cli.client.model import Page
from cli.client.models import (
    Checkpoint,
    Epoch,
    Event,
    GenotypeDocument,
    Plan,
    Pruning,
    SearchRecord,
    Stage,
)
from cli.client.spec import SpecFields
from pdarts_core.space.cells import CellKind
from store.states import Status

DrawingFormat = Literal["svg", "dot", "python"]


class PatchFields(TypedDict, total=False):
    """What can be changed of a search."""

    name: str | None
    metadata: dict[str, Any] | None
    priority: int | None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a search stands, and the tag of that version."""

    record: SearchRecord | None
    """None where it stands as the tag that was sent says."""
    etag: str | None


def create_search(
    spec: Mapping[str, Any] | None = None,
    /,
    *,
    idempotency_key: str | None = None,
    **fields: Unpack[SpecFields],
) -> Call[Standing]:
    """Submit a search; fields by name win over those of the spec.

    It is submitted once, however often it has to be sent. With an `idempotency_key` of your own
    that holds between runs of your program, too.
    """
    body = {**(spec or {}), **fields}
    return post("/searches", _as_standing, body=body, idempotency_key=idempotency_key)


def plan_search(
    spec: Mapping[str, Any] | None = None, /, **fields: Unpack[SpecFields]
) -> Call[Plan]:
    """Check and complete a spec, and tell what it would take; nothing is submitted."""
    body = {**(spec or {}), **fields}
    return post("/searches", as_model(Plan), body=body, params={"dry_run": "true"})


def list_searches(
    *,
    status: Status | str | None = None,
    dataset: str | None = None,
    name: str | None = None,
    metadata: Mapping[str, str] | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    page_size: int | None = None,
) -> Call[Page[SearchRecord]]:
    """List searches, the newest first; those for which all that is given holds.

    Args:
        status: where they stand.
        dataset: the name of their data set.
        name: theirs, exactly.
        metadata: members of their metadata; numbers and booleans as JSON spells them.
        created_after: submitted at this moment or later.
        created_before: submitted before this moment.
        page_size: how many are asked for at a time.
    """
    members = {f"metadata[{member}]": value for member, value in (metadata or {}).items()}
    return get(
        "/searches",
        as_page(SearchRecord),
        status=status,
        dataset=dataset,
        name=name,
        created_after=_moment(created_after),
        created_before=_moment(created_before),
        limit=page_size,
        **members,
    )


def get_search(search_id: str) -> Call[Standing]:
    """Read a search."""
    return look_at_search(search_id)


def look_at_search(
    search_id: str, *, etag: str | None = None, wait_seconds: float = 0.0
) -> Call[Standing]:
    """Read a search, unless it is as it was, and wait for news of it.

    Args:
        search_id: which one.
        etag: of the version that is known.
        wait_seconds: have the service wait so long for news: with an etag any change, else the end.
    """
    headers = {}
    if etag is not None:
        headers["If-None-Match"] = etag
    if wait_seconds > 0:
        headers["Prefer"] = f"wait={math.ceil(wait_seconds)}"
    return Call(
        method="GET",
        path=f"/searches/{search_id}",
        read=_as_standing,
        headers=headers,
        wait_seconds=wait_seconds,
        answers=frozenset({304}),
    )


def cancel_search(search_id: str) -> Call[Standing]:
    """Cancel the search: at once if it waits, else within seconds."""
    return _move(search_id, "cancel")


def pause_search(search_id: str) -> Call[Standing]:
    """Pause the search: at once if it waits, else within seconds, with a checkpoint."""
    return _move(search_id, "pause")


def resume_search(search_id: str) -> Call[Standing]:
    """Queue the paused search again; it goes on from its last checkpoint."""
    return _move(search_id, "resume")


def retry_search(search_id: str) -> Call[Standing]:
    """Queue the failed search again; it goes on from its last checkpoint."""
    return _move(search_id, "retry")


def update_search(
    search_id: str, *, if_match: str | None = None, **fields: Unpack[PatchFields]
) -> Call[Standing]:
    """Change the search's name, metadata (member by member) or priority; None takes away.

    Args:
        search_id: which one.
        if_match: the tag of the version that it must still have.
        fields: what changes.
    """
    return Call(
        method="PATCH",
        path=f"/searches/{search_id}",
        read=_as_standing,
        body=dict(fields),
        headers={} if if_match is None else {"If-Match": if_match},
        # Sent again after a lost answer, it would find the version that it made itself.
        is_repeatable=if_match is None,
    )


def delete_search(search_id: str) -> Call[None]:
    """Delete the search, which must have ended, and all that it left."""
    return Call(
        method="DELETE",
        path=f"/searches/{search_id}",
        read=as_nothing,
        answers_to_repeat=frozenset({404}),
    )


def list_stages(search_id: str) -> Call[Page[Stage]]:
    """List the stages that have begun."""
    return get(f"/searches/{search_id}/stages", as_page(Stage))


def list_epochs(search_id: str, *, stage: int | None = None) -> Call[Page[Epoch]]:
    """List the epochs that have ended, of all stages or of one."""
    return get(f"/searches/{search_id}/epochs", as_page(Epoch), stage=stage)


def list_events(search_id: str, *, after: int | None = None) -> Call[Page[Event]]:
    """List what has happened so far, the oldest first; `after` the event with this number."""
    return get(f"/searches/{search_id}/events", as_page(Event), after=after)


def list_checkpoints(search_id: str) -> Call[Page[Checkpoint]]:
    """List the checkpoints from which the search would go on."""
    return get(f"/searches/{search_id}/checkpoints", as_page(Checkpoint))


def read_log(search_id: str) -> Call[str]:
    """Read what has happened as text, with the traceback of a failure."""
    return get(f"/searches/{search_id}/logs", as_text)


def list_genotypes(search_id: str) -> Call[Page[GenotypeDocument]]:
    """List the genotypes: the unrestricted one, then one for each skip limit that matters."""
    return get(f"/searches/{search_id}/genotypes", as_page(GenotypeDocument))


def find_genotype(
    search_id: str, *, max_skip_connects: int | None = None
) -> Call[GenotypeDocument]:
    """Read the genotype that holds at a skip limit; by default at the spec's."""
    path = f"/searches/{search_id}/genotype"
    return get(path, as_model(GenotypeDocument), max_skip_connects=max_skip_connects)


def draw_genotype(
    search_id: str,
    *,
    max_skip_connects: int | None = None,
    format: DrawingFormat = "svg",  # noqa: A002  the parameter's name in the URL
    cell: CellKind | None = None,
) -> Call[str]:
    """Read the genotype that holds at a skip limit as text: drawn, or as Python."""
    path = f"/searches/{search_id}/genotype"
    return get(path, as_text, max_skip_connects=max_skip_connects, format=format, cell=cell)


def derive_genotype(
    search_id: str,
    *,
    max_skip_connects: int | None = None,
    max_skip_connects_reduce: int | None = None,
) -> Call[GenotypeDocument]:
    """Derive a genotype at other skip limits, of either cell, from the last stage's alphas."""
    limits = {
        "max_skip_connects": max_skip_connects,
        "max_skip_connects_reduce": max_skip_connects_reduce,
    }
    return post(f"/searches/{search_id}/derive", as_model(GenotypeDocument), body=limits)


def get_pruning(search_id: str, *, threshold: float | None = None) -> Call[Pruning]:
    """Read what each pruning dropped, and which calls were close: by no more than a threshold."""
    return get(f"/searches/{search_id}/pruning", as_model(Pruning), threshold=threshold)


def _move(search_id: str, move: str) -> Call[Standing]:
    return post(f"/searches/{search_id}/{move}", _as_standing)


def _moment(moment: datetime | None) -> str | None:
    # Without a zone it is this machine's time.
    return None if moment is None else moment.astimezone().isoformat()


def _as_standing(response: httpx.Response) -> Standing:
    etag = response.headers.get("ETag")
    if response.status_code == 304:
        return Standing(record=None, etag=etag)
    return Standing(record=SearchRecord.model_validate_json(response.content), etag=etag)
