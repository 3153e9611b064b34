"""The calls of a job of any kind: read it, move it, change it and follow it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypedDict, TypeVar

import httpx

from cli.client.call import Call, as_model, as_page, as_text, delete, get, post
from cli.client.following import Follower
from cli.client.model import Model, Page
from cli.client.models import Event, JobRecord
from store.states import Status

ListOrder = Literal["newest", "oldest"]
M = TypeVar("M", bound=Model)
R = TypeVar("R", bound=JobRecord)
R_co = TypeVar("R_co", bound=JobRecord, covariant=True)


@dataclass(frozen=True, kw_only=True)
class Tagged(Generic[R_co]):
    """A job's record, and the tag of its version."""

    record: R_co | None
    """None if it is still the version whose tag was sent."""
    etag: str | None


class JobFilters(TypedDict, total=False):
    """Which jobs of a kind to list, and in which order."""

    status: Status | str | None
    dataset: str | None
    name: str | None
    """Their exact name."""
    name_contains: str | None
    """A part of their name, in upper or lower case."""
    dataset_contains: str | None
    """A part of the name of their data set, likewise."""
    sort: ListOrder | None
    """What comes first; the newest unless given."""


class JobCalls(Generic[R_co]):
    """The calls of one job."""

    def __init__(self, path: str, record: type[R_co]) -> None:
        self._path = path
        self._record = record

    def look(self, *, etag: str | None = None, wait_seconds: float = 0.0) -> Call[Tagged[R_co]]:
        """Read it, and wait for a change if asked to.

        Args:
            etag: the version that you know; while that is the current one, it is not sent again.
            wait_seconds: how long the service waits, with an etag for any change, otherwise for
                the job's end.
        """
        headers = {}
        if etag is not None:
            headers["If-None-Match"] = etag
        if wait_seconds > 0:
            headers["Prefer"] = f"wait={math.ceil(wait_seconds)}"
        return Call(
            method="GET",
            path=self._path,
            read=as_tagged(self._record),
            headers=headers,
            wait_seconds=wait_seconds,
            answers=frozenset({304}),
        )

    def move(self, move: str) -> Call[Tagged[R_co]]:
        """Cancel, pause, resume or retry it."""
        return post(f"{self._path}/{move}", as_tagged(self._record))

    def update(
        self, fields: Mapping[str, Any], *, if_match: str | None = None
    ) -> Call[Tagged[R_co]]:
        """Change fields; with a tag, only if that is still the current version."""
        return Call(
            method="PATCH",
            path=self._path,
            read=as_tagged(self._record),
            body=dict(fields),
            headers={} if if_match is None else {"If-Match": if_match},
            # Sent again after a lost answer, it would run into the version that it made itself.
            is_repeatable=if_match is None,
        )

    def delete(self) -> Call[None]:
        """Delete it and everything that it stored."""
        return delete(self._path)

    def list_events(self, *, after: int | None = None) -> Call[Page[Event]]:
        """List its events, after the one with this number."""
        return get(f"{self._path}/events", as_page(Event), after=after)

    def follow(self, *, after: int = 0) -> Follower:
        """Follow its events, after the one with this number."""
        return Follower(self._path, after)

    def read_log(self) -> Call[str]:
        """Read its history as text."""
        return get(f"{self._path}/logs", as_text)


def create_job(
    path: str,
    record: type[R],
    spec: Mapping[str, Any] | None,
    fields: Mapping[str, Any],
    idempotency_key: str | None,
) -> Call[Tagged[R]]:
    """Submit a job of a kind; `fields` override those of the spec."""
    body = {**(spec or {}), **fields}
    return post(path, as_tagged(record), body=body, idempotency_key=idempotency_key)


def plan_job(
    path: str, plan: type[M], spec: Mapping[str, Any] | None, fields: Mapping[str, Any]
) -> Call[M]:
    """Ask what a job of a kind would do; `fields` override those of the spec."""
    body = {**(spec or {}), **fields}
    return post(path, as_model(plan), body=body, params={"dry_run": "true"})


def list_jobs(
    path: str,
    record: type[R],
    *,
    metadata: Mapping[str, str] | None,
    created_after: datetime | None,
    created_before: datetime | None,
    page_size: int | None,
    filters: Mapping[str, Any],
) -> Call[Page[R]]:
    """List the jobs of a kind that match all of the given filters."""
    members = {f"metadata[{member}]": value for member, value in (metadata or {}).items()}
    return get(
        path,
        as_page(record),
        created_after=_moment(created_after),
        created_before=_moment(created_before),
        limit=page_size,
        **filters,
        **members,
    )


def _moment(moment: datetime | None) -> str | None:
    # A time without a zone is this machine's local time.
    return None if moment is None else moment.astimezone().isoformat()


def as_tagged(record: type[R_co]) -> Callable[[httpx.Response], Tagged[R_co]]:
    """Return a function that reads a job and its tag."""

    def read(response: httpx.Response) -> Tagged[R_co]:
        is_known = response.status_code == 304
        found = None if is_known else record.model_validate_json(response.content)
        return Tagged(record=found, etag=response.headers.get("ETag"))

    return read
