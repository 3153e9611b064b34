"""The blocking client."""

import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from typing import Self, TypeVar

import httpx

from cli.client.binding import Blocking
from cli.client.call import Call, page_after, told_by
from cli.client.calls import Calls
from cli.client.errors import ServiceError
from cli.client.following import Follower
from cli.client.model import Page
from cli.client.models import Event
from cli.client.places import TIMEOUT_SECONDS, http_options, service_url
from cli.client.retries import NO_RETRIES, Retries

T = TypeVar("T")


class Client(Blocking, Calls):
    """A connection to one service. Every method raises ServiceError if the service refuses.

    Args:
        url: the service's URL; by default PDARTS_URL, or where `pdarts up` serves on this machine.
        api_key: by default PDARTS_API_KEY.
        retries: how often and how long a call that fails is tried again.
        timeout_seconds: for a connection, and for each part of an answer.

    Raises:
        ValueError: the URL is not valid.
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
        """Close the connections."""
        self._http.close()

    def send(self, call: Call[T], retries: Retries | None = None) -> T:
        """Make a call, with retries where they may help, and return its result."""
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
        """Yield the entries of a page and of all later pages."""
        following: Call[Page[T]] | None = call
        while following is not None:
            page = self.send(following)
            yield from page.data
            following = page_after(following, page)

    def tell(self, call: Call[bool]) -> bool:
        """Make a call once; return False if it fails."""
        try:
            return self.send(call, NO_RETRIES)
        except ServiceError:
            return False

    def follow(self, follower: Follower) -> Iterator[Event]:
        """Yield a job's events until it ends, over as many connections as it takes."""
        while not follower.has_ended():
            response = self.send(follower.next_call())
            with closing(response), follower.connected(response):
                for chunk in response.iter_bytes():
                    yield from follower.receive(chunk)
                    if follower.has_ended():
                        break
            time.sleep(follower.pause_seconds)
