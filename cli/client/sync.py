"""The client that blocks."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import wraps
from itertools import count
from typing import Concatenate, ParamSpec, Self, TypeVar

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


def _asks(build: Callable[P, Call[T]]) -> Callable[Concatenate["Client", P], T]:
    """Return a method that makes the call and returns what it comes to."""

    @wraps(build)
    def method(client: "Client", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return client.send(build(*args, **kwargs))

    return method


def _lists(build: Callable[P, Call[Page[T]]]) -> Callable[Concatenate["Client", P], Iterator[T]]:
    """Return a method that goes through all pages."""

    @wraps(build)
    def method(client: "Client", /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        return client.pages(build(*args, **kwargs))

    return method


def _opens(build: Callable[P, Call[Standing]]) -> Callable[Concatenate["Client", P], "Search"]:
    """Return a method that comes back with a search."""

    @wraps(build)
    def method(client: "Client", /, *args: P.args, **kwargs: P.kwargs) -> "Search":
        return Search(client, client.send(build(*args, **kwargs)))

    return method


def _moves(
    build: Callable[Concatenate[str, P], Call[Standing]],
) -> Callable[Concatenate["Search", P], "Search"]:
    """Return a search's method that changes it, and takes over how it then stands."""

    @wraps(build)
    def method(search: "Search", /, *args: P.args, **kwargs: P.kwargs) -> "Search":
        return search.take(search.client.send(build(search.id, *args, **kwargs)))

    return method


def _tells(build: Callable[[], Call[bool]]) -> Callable[["Client"], bool]:
    """Return a method that asks once; no answer is a no."""

    @wraps(build)
    def method(client: "Client") -> bool:
        try:
            return client.send(build(), NO_RETRIES)
        except ServiceError:
            return False

    return method


class Client:
    """A connection to one service. Every method raises ServiceError for what it refuses.

    Args:
        url: of the service; else PDARTS_URL, else where `pdarts up` serves on this machine.
        api_key: else PDARTS_API_KEY.
        retries: how long a call is kept up that does not come through.
        timeout_seconds: for a connection, and for each part of an answer.

    Raises:
        ValueError: the address is none.
    """

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
        self._http = httpx.Client(**http_options(self.url, api_key, timeout_seconds))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

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

    def follow_search(self, search_id: str, *, after: int = 0) -> Iterator[Event]:
        """Yield what happens to a search, until it ends; also over lost connections.

        Args:
            search_id: which one.
            after: the number of the last event that is known.
        """
        follower = Follower(search_id, after)
        while not follower.has_ended():
            response = self.send(follower.next_call())
            with closing(response), follower.connected(response):
                for chunk in response.iter_bytes():
                    yield from follower.receive(chunk)
                    if follower.has_ended():
                        break
            time.sleep(follower.pause_seconds)

    def send(self, call: Call[T], retries: Retries | None = None) -> T:
        """Make a call, again where that may help, and return what it comes to."""
        earlier = count()

        def attempt() -> T:
            is_repeat = next(earlier) > 0
            with told_by(self.url):
                response = self._http.send(call.request(self._http), stream=call.is_stream)
                if response.is_error:
                    response.read()
            return call.receive(response, is_repeat=is_repeat)

        return (retries or self._retries).sync(call)(attempt)

    def pages(self, call: Call[Page[T]]) -> Iterator[T]:
        """Yield the entries of a page and of all that follow."""
        following: Call[Page[T]] | None = call
        while following is not None:
            page = self.send(following)
            yield from page.data
            following = page_after(following, page)


class Search(SearchView[Client]):
    """A search, as it stood when the service was last asked."""

    cancel = _moves(search_calls.cancel_search)
    pause = _moves(search_calls.pause_search)
    resume = _moves(search_calls.resume_search)
    retry = _moves(search_calls.retry_search)
    update = _moves(search_calls.update_search)
    delete = of_search(Client.delete_search)
    stages = of_search(Client.list_stages)
    epochs = of_search(Client.list_epochs)
    events = of_search(Client.follow_search)
    history = of_search(Client.list_events)
    checkpoints = of_search(Client.list_checkpoints)
    genotypes = of_search(Client.list_genotypes)
    genotype = of_search(Client.find_genotype)
    draw = of_search(Client.draw_genotype)
    derive = of_search(Client.derive_genotype)
    pruning = of_search(Client.get_pruning)
    log = of_search(Client.read_log)

    def refresh(self, *, wait_seconds: float = 0.0) -> Self:
        """Ask where it stands; with a wait, come back at the first news or when it is over."""
        return self.take(self.client.send(self._look(wait_seconds)))

    def wait(self, timeout: float | None = None) -> Self:
        """Wait until it has ended.

        Raises:
            TimeoutError: it has not ended after so many seconds.
        """
        for call in self._waiting(timeout):
            self.take(self.client.send(call))
        return self
