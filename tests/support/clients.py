"""Both clients under one face, so that each test holds for the one that blocks and the other."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any, cast

from anyio.from_thread import BlockingPortal, start_blocking_portal

from cli.client import AsyncClient, Client, Retries
from cli.client.job import AsyncJob

QUICK = Retries(first_wait_seconds=0.01, longest_wait_seconds=0.02)
"""Hardly waits, except for what the service asks for."""
_END = object()


@contextmanager
def opened(kind: str, url: str, retries: Retries = QUICK, **options: Any) -> Iterator[Client]:
    """Yield a client of a kind: `sync`, or `async` made to look like it."""
    if kind == "sync":
        with Client(url, retries=retries, **options) as client:
            yield client
        return
    with start_blocking_portal() as portal:
        waiting = AsyncClient(url, retries=retries, **options)
        try:
            yield cast("Client", _Blocking(portal, waiting))
        finally:
            portal.call(waiting.aclose)


class _Blocking:
    """An asynchronous client or job that blocks."""

    def __init__(self, portal: BlockingPortal, wrapped: AsyncClient | AsyncJob[Any]) -> None:
        self._portal = portal
        self._wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._wrapped, name)
        if not callable(value):
            return value
        return lambda *args, **words: self._portal.call(self._call, value, args, words)

    async def _call(self, method: Any, args: Any, words: Any) -> Any:
        value = method(*args, **words)
        if isawaitable(value):
            value = await value
        if isinstance(value, AsyncJob):
            return _Blocking(self._portal, value)
        return self._each(value) if isinstance(value, AsyncIterator) else value

    def _each(self, values: AsyncIterator[Any]) -> Iterator[Any]:
        while (value := self._portal.call(_next, values)) is not _END:
            yield value


async def _next(values: AsyncIterator[Any]) -> Any:
    return await anext(values, _END)
