"""Receives a body that is a file, or a part of one, a piece at a time."""

from collections.abc import Callable
from typing import Protocol

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.http.bounded_protocol import SLOW_BODY
from api.http.errors import BodyTooLarge, ClientLeft

PIECE = 2**20
"""Bytes in memory before they go to the disk."""


class Sink(Protocol):
    """Where a body goes. What it does may take long, so it is asked in threads."""

    def add(self, data: bytes | bytearray) -> None:
        """Take what has come."""

    def leave(self, data: bytes | bytearray) -> None:
        """Take the last of what has come: the rest will not."""


async def receive(
    request: Request, sink: Sink, most: int, too_much: Callable[[], BodyTooLarge]
) -> int:
    """Pass on a request's body, and return how many bytes it had.

    Args:
        request: it may take long, as long as more of its body comes.
        sink: gets the body in pieces of `PIECE` bytes or a little more, and a last one.
        most: how many bytes the body may have.
        too_much: makes the error for one that has more.

    Raises:
        BodyTooLarge: that error; the sink has got no more than it may.
        ClientLeft: the rest of it never came.
        OSError: the sink's.
    """
    if SLOW_BODY in request.scope.get("extensions", {}):
        request.scope["extensions"][SLOW_BODY]["take"]()
    size, waiting = 0, bytearray()
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise too_much()
            waiting += chunk
            if len(waiting) >= PIECE:
                await run_in_threadpool(sink.add, waiting)
                waiting = bytearray()
        await run_in_threadpool(sink.add, waiting)
    except ClientDisconnect as error:
        await run_in_threadpool(sink.leave, waiting)
        raise ClientLeft("the connection ended before the body did") from error
    return size
