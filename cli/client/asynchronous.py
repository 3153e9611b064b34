"""The client for asyncio and trio."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import count
from typing import Self, TypeVar

import anyio
import httpx

from cli.client.binding import Asynchronous
from cli.client.call import Call, page_after, told_by
from cli.client.calls import Calls
from cli.client.errors import ServiceError
from cli.client.following import Follower
from cli.client.model import Page
from cli.client.models import Event
from cli.client.places import TIMEOUT_SECONDS, http_options, service_url
from cli.client.retries import NO_RETRIES, Retries

T = TypeVar("T")


class AsyncClient(Asynchronous, Calls):
    """A connection to one service, for `async with`; otherwise like `Client`."""

    def __init__(
        self,
        url: str | None = None,
        *,
        api_key: str | None = None,
        retries: Retries | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.url = service_url(url)
        self._retries = retries or Retries()
        self._http = httpx.AsyncClient(**http_options(self.url, api_key, timeout_seconds))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, call: Call[T], retries: Retries | None = None) -> T:
        """Make a call, with retries where they may help, and return its result."""
        earlier = count()

        async def attempt() -> T:
            is_repeat = next(earlier) > 0
            with told_by(self.url):
                request = call.request(self._http)
                response = await self._http.send(request, stream=call.is_stream)
                if response.is_error:
                    await response.aread()
            return call.receive(response, is_repeat=is_repeat)

        return await (retries or self._retries).asynchronous(call)(attempt)

    async def pages(self, call: Call[Page[T]]) -> AsyncIterator[T]:
        """Yield the entries of a page and of all later pages."""
        following: Call[Page[T]] | None = call
        while following is not None:
            page = await self.send(following)
            for entry in page.data:
                yield entry
            following = page_after(following, page)

    async def tell(self, call: Call[bool]) -> bool:
        """Make a call once; return False if it fails."""
        try:
            return await self.send(call, NO_RETRIES)
        except ServiceError:
            return False

    async def follow(self, follower: Follower) -> AsyncIterator[Event]:
        """Yield a job's events until it ends, over as many connections as it takes."""
        while not follower.has_ended():
            response = await self.send(follower.next_call())
            async with aclosing(response):
                with follower.connected(response):
                    async for chunk in response.aiter_bytes():
                        for event in follower.receive(chunk):
                            yield event
                        if follower.has_ended():
                            break
            await anyio.sleep(follower.pause_seconds)
