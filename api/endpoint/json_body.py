"""Reading the bodies of requests: JSON as RFC 8259 has it, bounded in size and depth."""

import json
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, NoReturn

from fastapi import Request, Response

from api.endpoint.access import admit, declared_scopes
from api.endpoint.sessions import SessionRoute
from api.http.errors import BodyTooLarge, InvalidRequest, MalformedJson, UnsupportedMediaType

LARGEST_BODY = 256 * 1024
"""Bytes."""
DEEPEST_NESTING = 32
MERGE_PATCH = "application/merge-patch+json"
MEDIA_TYPES = {"PATCH": (MERGE_PATCH, "application/json")}
"""What a body may be declared as, by method; others: JSON."""
_LONGEST_SHOWN_NAME = 100


def parse_json(body: bytes) -> Any:
    """Parse a document.

    Raises:
        MalformedJson: it is not JSON, names a member twice, or has NaN or Infinity.
        InvalidRequest: it is nested too deeply, or has text that cannot be stored.
    """
    try:
        document = json.loads(
            body.decode(), object_pairs_hook=_members, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise MalformedJson("the body is nested too deeply") from None
    except ValueError as error:
        raise MalformedJson(f"the body is not valid JSON: {error}") from error
    _check_texts(document)
    return document


class BoundedRequest(Request):
    """A request whose body is no larger than the service takes."""

    async def body(self) -> bytes:
        """Read the body, but no more than the service takes."""
        if not hasattr(self, "_body"):
            self._body = await self._read()
        return self._body

    async def _read(self) -> bytes:
        coding = self.headers.get("content-encoding", "identity")
        if coding.strip().lower() not in {"", "identity"}:
            raise UnsupportedMediaType(
                "the body must not be compressed or otherwise encoded",
                headers={"Accept-Encoding": "identity"},
            )
        announced = self.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > LARGEST_BODY:
            raise _too_large()
        body = bytearray()
        async for chunk in self.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                raise _too_large()
        return bytes(body)


class JsonRequest(BoundedRequest):
    """A request whose body is JSON, or an error."""

    async def json(self) -> Any:
        """Return the parsed body."""
        return parse_json(await self.body())

    def _check_media_type(self) -> None:
        declared = self.headers.get("content-type", "")
        media_type = declared.partition(";")[0].strip().lower()
        taken = MEDIA_TYPES.get(self.method, ("application/json",))
        if media_type not in taken:
            given = f"is {media_type[:_LONGEST_SHOWN_NAME]}" if media_type else "is missing"
            raise UnsupportedMediaType(f"Content-Type must be {' or '.join(taken)}, but {given}")

    async def _read(self) -> bytes:
        self._check_media_type()
        body = await super()._read()
        if not body.strip():
            raise MalformedJson("the body is empty")
        return body


class JsonRoute(SessionRoute):
    """A route whose body is read strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler, given a JsonRequest."""
        handle = super().get_route_handler()
        kind = BoundedRequest if self.body_field is None else JsonRequest
        scopes = declared_scopes(self.dependant)

        async def handle_json(request: Request) -> Response:
            # Nobody's body is read before it is known that they may send one.
            if scopes is not None:
                await admit(request, scopes)
            return await handle(kind(request.scope, request.receive))

        return handle_json


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"the body must not be larger than {LARGEST_BODY} bytes")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member appears twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _check_texts(document: Any) -> None:
    for path, value in _walk(document):
        if len(path) > DEEPEST_NESTING:
            raise InvalidRequest.at(path, f"nested deeper than {DEEPEST_NESTING} levels")
        if isinstance(value, str) and not _is_storable(value):
            raise InvalidRequest.at(
                path, "the text contains a NUL character or half a surrogate pair"
            )


def _walk(document: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        yield path, value
        if isinstance(value, dict):
            yield from (((*path, name), name) for name in value)
            waiting += [((*path, name), member) for name, member in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, place), item) for place, item in enumerate(value)]


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
