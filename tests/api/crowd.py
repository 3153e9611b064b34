"""Many clients of one service, who call it at the same time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx

T = TypeVar("T")


@contextmanager
def calling(
    client: httpx.Client, count: int, call: Callable[[httpx.Client], T]
) -> Iterator[list[T]]:
    """Have so many make a call, each with a client of its own, while the block runs.

    The list has their answers after the block. They do not share the client: its threads may take
    a connection for idle, and close it, that another one has just begun to use.
    """
    options: dict[str, Any] = {
        "base_url": client.base_url,
        "headers": client.headers,
        "timeout": client.timeout,
        # What a client takes longest to make.
        "verify": httpx.create_ssl_context(),
    }

    def call_alone(_: int) -> T:
        with httpx.Client(**options) as own:
            return call(own)

    answers: list[T] = []
    with ThreadPoolExecutor(count) as crowd:
        under_way = crowd.map(call_alone, range(count))
        yield answers
        answers += under_way


def all_at_once(client: httpx.Client, count: int, call: Callable[[httpx.Client], T]) -> list[T]:
    """Return what so many are answered, who make a call at once."""
    with calling(client, count, call) as answers:
        pass
    return answers
