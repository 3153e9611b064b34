"""A call to the service as a value: what to send, and how to read the answer. No I/O here."""

import base64
import hashlib
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import httpx
from pydantic import BaseModel, TypeAdapter

from cli.client.errors import ServiceUnreachable, error_of, unexpected
from cli.client.model import Page
from cli.client.places import BASE_PATH

T = TypeVar("T")
U = TypeVar("U")
M = TypeVar("M", bound=BaseModel)

IDEMPOTENCY_KEY = "Idempotency-Key"
_OCTETS = "application/octet-stream"
_PIECE = 2**16
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, kw_only=True)
class Call(Generic[T]):
    """One operation of the service."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    params: Mapping[str, Any] = field(default_factory=dict)
    """Query parameters; those that are None are not sent."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    """Sent as JSON, unless it is None."""
    file: Path | None = None
    """Sent in place of a body, a piece at a time."""
    content: bytes | None = None
    """Sent in place of a body, as it is."""
    wait_seconds: float = 0.0
    """How much longer than others the answer may take."""
    is_stream: bool = False
    """Whether the answer is read while it comes in."""
    is_repeatable: bool = True
    """Whether it is harmless to carry it out twice."""
    answers: frozenset[int] = frozenset()
    """Error statuses that are valid answers."""
    answers_to_repeat: frozenset[int] = frozenset()
    """More of them, valid if the call was made before and its answer was lost."""

    def request(self, http: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """Return the request to send."""
        timeout = http.timeout
        if self.wait_seconds and timeout.read is not None:
            read = timeout.read + self.wait_seconds
            timeout = httpx.Timeout(**{**timeout.as_dict(), "read": read})
        return http.build_request(
            self.method,
            BASE_PATH + self.path,
            params={name: value for name, value in self.params.items() if value is not None},
            headers=dict(self.headers),
            timeout=timeout,
            **self._content(is_asynchronous=isinstance(http, httpx.AsyncClient)),
        )

    def _content(self, *, is_asynchronous: bool) -> dict[str, Any]:
        if self.file is not None:
            pieces = _pieces_of(self.file)
            return {"content": _as_asynchronous(pieces) if is_asynchronous else pieces}
        if self.content is not None:
            return {"content": self.content}
        return {} if self.body is None else {"json": self.body}

    def with_headers(self, headers: Mapping[str, str]) -> "Call[T]":
        """Return the same call with more headers."""
        return replace(self, headers={**self.headers, **headers})

    def then(self, turn: Callable[[T], U]) -> "Call[U]":
        """Return the same call, with a function applied to its result."""
        turned: Any = replace(self, read=cast("Any", lambda response: turn(self.read(response))))
        return cast("Call[U]", turned)

    def receive(self, response: httpx.Response, *, is_repeat: bool = False) -> T:
        """Read the answer.

        Raises:
            ServiceError: it is an error, or makes no sense.
        """
        status = response.status_code
        is_answer = status in self.answers or (is_repeat and status in self.answers_to_repeat)
        if not (response.is_success or is_answer):
            raise error_of(response)
        try:
            return self.read(response)
        except (ValueError, LookupError, TypeError) as error:
            raise unexpected(response) from error


def get(path: str, read: Callable[[httpx.Response], T], **params: Any) -> Call[T]:
    """Return a call that reads."""
    return Call(method="GET", path=path, read=read, params=params)


def post(
    path: str,
    read: Callable[[httpx.Response], T],
    *,
    body: Any = None,
    file: Path | None = None,
    idempotency_key: str | None = None,
    params: Mapping[str, Any] | None = None,
    wait_seconds: float = 0.0,
) -> Call[T]:
    """Return a call that takes effect once, however often it is sent."""
    headers = {IDEMPOTENCY_KEY: idempotency_key or str(uuid.uuid4())}
    if file is not None:
        headers |= _headers_of(file)
    return Call(
        method="POST",
        path=path,
        read=read,
        body=body,
        file=file,
        headers=headers,
        params=params or {},
        wait_seconds=wait_seconds,
    )


def put(
    path: str, read: Callable[[httpx.Response], T], file: Path, *, wait_seconds: float = 0.0
) -> Call[T]:
    """Return a call that sends a file, to the same effect however often it is sent."""
    headers = _headers_of(file)
    return Call(
        method="PUT", path=path, read=read, file=file, headers=headers, wait_seconds=wait_seconds
    )


def delete(path: str) -> Call[None]:
    """Return a call that deletes; if it is sent again, a 404 means that it has succeeded."""
    return Call(method="DELETE", path=path, read=as_nothing, answers_to_repeat=frozenset({404}))


def page_after(call: Call[Page[T]], page: Page[T]) -> Call[Page[T]] | None:
    """Return the call for the next page, if there is one."""
    if page.next_cursor is None:
        return None
    return replace(call, params={**call.params, "after": page.next_cursor})


def _headers_of(file: Path) -> dict[str, str]:
    return {"Content-Type": _OCTETS, "Content-Length": str(file.stat().st_size)}


def _pieces_of(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece


async def _as_asynchronous(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def as_model(model: type[M]) -> Callable[[httpx.Response], M]:
    """Return a function that reads a JSON document."""
    return lambda response: model.model_validate_json(response.content)


def as_page(model: type[M]) -> Callable[[httpx.Response], Page[M]]:
    """Return a function that reads a page."""
    adapter = TypeAdapter(Page[model])  # type: ignore[valid-type]
    return lambda response: adapter.validate_json(response.content)


def as_text(response: httpx.Response) -> str:
    """Read text."""
    return response.text


def as_bytes(response: httpx.Response) -> bytes:
    """Read a file, and hold it against the digest that came with it.

    Raises:
        ValueError: it is something else.
    """
    told = response.headers.get("Repr-Digest", "")
    digest = base64.b64encode(hashlib.sha256(response.content).digest()).decode()
    if told and told != f"sha-256=:{digest}:":
        raise ValueError("the file is not what the service sent")
    return response.content


def as_nothing(_: httpx.Response) -> None:
    """Read nothing."""


@contextmanager
def told_by(url: str) -> Iterator[None]:
    """Turn a failed connection into an error with a clear message.

    Raises:
        ServiceUnreachable: the block raised a transport error.
    """
    try:
        yield
    except httpx.TransportError as error:
        raise ServiceUnreachable(
            url,
            reason=str(error) or type(error).__name__,
            may_have_arrived=not isinstance(error, _NEVER_SENT),
        ) from error
