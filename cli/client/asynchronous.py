"""The client for asyncio and trio."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import wraps
from itertools import count
from typing import Concatenate, ParamSpec, Self, TypeVar

import anyio
import httpx

from cli.client import genotype_calls, search_calls, service_calls
from cli.client.call import Call, page_after, told_by
from cli.client.errors import ServiceError
from cli.client.following import Follower
from cli.client.model import Page
from cli.client.models import Event
from cli.client.places import TIMEOUT_SECONDS, http_options, service_url
from cli.client.retries import NO_RETRIES, Retries
from cli.client.search_calls import Standing
from cli.client.search_view import SearchView, of_search

P = ParamSpec("P")
T = TypeVar("T")


def _asks(
    build: Callable[P, Call[T]],
) -> Callable[Concatenate["AsyncClient", P], Awaitable[T]]:
    """Return a method that makes the call and returns what it comes to."""

    @wraps(build)
    async def method(client: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await client.send(build(*args, **kwargs))

    return method


def _lists(
    build: Callable[P, Call[Page[T]]],
) -> Callable[Concatenate["AsyncClient", P], AsyncIterator[T]]:
    """Return a method that goes through all pages."""

    @wraps(build)
    def method(client: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        return client.pages(build(*args, **kwargs))

    return method


def _opens(
    build: Callable[P, Call[Standing]],
) -> Callable[Concatenate["AsyncClient", P], Awaitable["AsyncSearch"]]:
    """Return a method that comes back with a search."""

    @wraps(build)
    async def method(client: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> "AsyncSearch":
        return AsyncSearch(client, await client.send(build(*args, **kwargs)))

    return method


def _moves(
    build: Callable[Concatenate[str, P], Call[Standing]],
) -> Callable[Concatenate["AsyncSearch", P], Awaitable["AsyncSearch"]]:
    """Return a search's method that changes it, and takes over how it then stands."""

    @wraps(build)
    async def method(search: "AsyncSearch", /, *args: P.args, **kwargs: P.kwargs) -> "AsyncSearch":
        return search.take(await search.client.send(build(search.id, *args, **kwargs)))

    return method


def _tells(build: Callable[[], Call[bool]]) -> Callable[["AsyncClient"], Awaitable[bool]]:
    """Return a method that asks once; no answer is a no."""

    @wraps(build)
    async def method(client: "AsyncClient") -> bool:
        try:
            return await client.send(build(), NO_RETRIES)
        except ServiceError:
            return False

    return method


class AsyncClient:
    """A connection to one service, for `async with`; otherwise as `Client`."""

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
        """Let the connections go."""
        await self._http.aclose()

    create_search = _opens(search_calls.create_search)
    get_search = _opens(search_calls.get_search)
    plan_search = _asks(search_calls.plan_search)
    list_searches = _lists(search_calls.list_searches)
    cancel_search = _opens(search_calls.cancel_search)
    pause_search = _opens(search_calls.pause_search)
    resume_search = _opens(search_calls.resume_search)
    retry_search = _opens(search_calls.retry_search)
    update_search = _opens(search_calls.update_search)
    delete_search = _asks(search_calls.delete_search)
    list_stages = _lists(search_calls.list_stages)
    list_epochs = _lists(search_calls.list_epochs)
    list_events = _lists(search_calls.list_events)
    list_checkpoints = _lists(search_calls.list_checkpoints)
    list_genotypes = _lists(search_calls.list_genotypes)
    find_genotype = _asks(search_calls.find_genotype)
    draw_genotype = _asks(search_calls.draw_genotype)
    derive_genotype = _asks(search_calls.derive_genotype)
    get_pruning = _asks(search_calls.get_pruning)
    read_log = _asks(search_calls.read_log)
    import_genotype = _asks(genotype_calls.import_genotype)
    list_own_genotypes = _lists(genotype_calls.list_own_genotypes)
    get_genotype = _asks(genotype_calls.get_genotype)
    draw_own_genotype = _asks(genotype_calls.draw_own_genotype)
    delete_genotype = _asks(genotype_calls.delete_genotype)
    list_datasets = _lists(service_calls.list_datasets)
    list_presets = _lists(service_calls.list_presets)
    list_workers = _lists(service_calls.list_workers)
    get_capacity = _asks(service_calls.get_capacity)
    get_readiness = _asks(service_calls.get_readiness)
    is_alive = _tells(service_calls.is_alive)
    is_ready = _tells(service_calls.is_ready)

    async def follow_search(self, search_id: str, *, after: int = 0) -> AsyncIterator[Event]:
        """Yield what happens to a search, as `Client.follow_search` does."""
        follower = Follower(search_id, after)
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

    async def send(self, call: Call[T], retries: Retries | None = None) -> T:
        """Make a call, again where that may help, and return what it comes to."""
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
        """Yield the entries of a page and of all that follow."""
        following: Call[Page[T]] | None = call
        while following is not None:
            page = await self.send(following)
            for entry in page.data:
                yield entry
            following = page_after(following, page)


class AsyncSearch(SearchView[AsyncClient]):
    """A search, as it stood when the service was last asked."""

    cancel = _moves(search_calls.cancel_search)
    pause = _moves(search_calls.pause_search)
    resume = _moves(search_calls.resume_search)
    retry = _moves(search_calls.retry_search)
    update = _moves(search_calls.update_search)
    delete = of_search(AsyncClient.delete_search)
    stages = of_search(AsyncClient.list_stages)
    epochs = of_search(AsyncClient.list_epochs)
    events = of_search(AsyncClient.follow_search)
    history = of_search(AsyncClient.list_events)
    checkpoints = of_search(AsyncClient.list_checkpoints)
    genotypes = of_search(AsyncClient.list_genotypes)
    genotype = of_search(AsyncClient.find_genotype)
    draw = of_search(AsyncClient.draw_genotype)
    derive = of_search(AsyncClient.derive_genotype)
    pruning = of_search(AsyncClient.get_pruning)
    log = of_search(AsyncClient.read_log)

    async def refresh(self, *, wait_seconds: float = 0.0) -> Self:
        """Ask where it stands; with a wait, come back at the first news or when it is over."""
        return self.take(await self.client.send(self._look(wait_seconds)))

    async def wait(self, timeout: float | None = None) -> Self:  # noqa: ASYNC109  as `Search.wait`
        """Wait until it has ended.

        Raises:
            TimeoutError: it has not ended after so many seconds.
        """
        for call in self._waiting(timeout):
            self.take(await self.client.send(call))
        return self
