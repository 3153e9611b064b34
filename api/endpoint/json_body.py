"""Reading the bodies of requests: bounded, and the costlier ones at a pace."""

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, ClassVar

from fastapi import Request, Response
from starlette.types import Receive, Scope

from api.endpoint.access import admit, declared_scopes, owner_of
from api.endpoint.sessions import SessionRoute
from api.http.errors import BodyTooLarge, MalformedJson, UnsupportedMediaType
from api.http.strict_json import estimated_values, parse_json
from api.resources.pace import Pace
from api.resources.resources import Resources

LARGEST_BODY = 256 * 1024
"""Bytes."""
_LARGE_BODY = 16 * 1024
_MANY_VALUES = 200
"""More than nearly every honest body has. What has more, or is large, can take milliseconds to read
and check, in which others wait: so it is done at a pace that leaves them most of the time."""
MERGE_PATCH = "application/merge-patch+json"
MEDIA_TYPES = {"PATCH": (MERGE_PATCH, "application/json")}
"""What a body may be declared as, by method; others: JSON."""
LONGEST_SHOWN_NAME = 100


class BoundedRequest(Request):
    """A request whose body is no larger than the service takes."""

    def __init__(self, scope: Scope, receive: Receive, until_answered: AsyncExitStack) -> None:
        super().__init__(scope, receive)
        self._until_answered = until_answered

    async def body(self) -> bytes:
        """Read the body, but no more than the service takes, and at its owner's pace."""
        if not hasattr(self, "_body"):
            self._body = await self._read()
            if len(self._body) > _LARGE_BODY or estimated_values(self._body) > _MANY_VALUES:
                working = self._pace.working(owner_of(self), len(self._body))
                await self._until_answered.enter_async_context(working)
        return self._body

    async def content(self) -> bytes:
        """Return what tells the body from others: the body, unless that is large."""
        return await self.body()

    @property
    def _pace(self) -> Pace:
        resources: Resources = self.state.resources
        return resources.pace

    async def _read(self) -> bytes:
        self._check_encoding()
        announced = self._announced_bytes
        size = LARGEST_BODY if announced is None else announced
        if size > LARGEST_BODY:
            raise too_large(LARGEST_BODY)
        if size > _LARGE_BODY:
            receiving = self._pace.receiving(owner_of(self))
            await self._until_answered.enter_async_context(receiving)
        body = bytearray()
        async for chunk in self.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                raise too_large(LARGEST_BODY)
        return bytes(body)

    @property
    def _announced_bytes(self) -> int | None:
        announced = self.headers.get("content-length", "")
        return int(announced[:20]) if announced.isdecimal() else None

    @property
    def _media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def _check_encoding(self) -> None:
        coding = self.headers.get("content-encoding", "identity")
        if coding.strip().lower() not in {"", "identity"}:
            raise UnsupportedMediaType(
                "the body must not be compressed or otherwise encoded",
                headers={"Accept-Encoding": "identity"},
            )


class JsonRequest(BoundedRequest):
    """A request whose body is JSON, or an error."""

    async def json(self) -> Any:
        """Return the parsed body."""
        return parse_json(await self.body())

    def _check_media_type(self) -> None:
        media_type = self._media_type
        taken = MEDIA_TYPES.get(self.method, ("application/json",))
        if media_type not in taken:
            given = f"is {media_type[:LONGEST_SHOWN_NAME]}" if media_type else "is missing"
            raise UnsupportedMediaType(f"Content-Type must be {' or '.join(taken)}, but {given}")

    async def _read(self) -> bytes:
        self._check_media_type()
        body = await super()._read()
        if not body.strip():
            raise MalformedJson("the body is empty")
        return body


class JsonRoute(SessionRoute):
    """A route whose body is read strictly."""

    request_without_json: ClassVar[type[BoundedRequest]] = BoundedRequest
    """How the body is read where it is no JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler, given a JsonRequest."""
        handle = super().get_route_handler()
        kind = self.request_without_json if self.body_field is None else JsonRequest
        scopes = declared_scopes(self.dependant)

        async def handle_json(request: Request) -> Response:
            # Nobody's body is read before it is known that they may send one.
            if scopes is not None:
                await admit(request, scopes)
            async with AsyncExitStack() as until_answered:
                return await handle(kind(request.scope, request.receive, until_answered))

        return handle_json


def too_large(most: int) -> BodyTooLarge:
    """Return the error for a body that is larger than so many bytes."""
    return BodyTooLarge(f"the body must not be larger than {most} bytes")
