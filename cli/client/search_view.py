"""What is known of a search on the client's side, for both kinds of client. No I/O here."""

import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Concatenate, Generic, ParamSpec, Self, TypeVar

from cli.client import search_calls
from cli.client.call import Call
from cli.client.models import Failure, Progress, SearchRecord
from cli.client.search_calls import Standing
from cli.client.spec import Spec
from store.states import Status

C = TypeVar("C")
P = ParamSpec("P")
T = TypeVar("T")

_LONGEST_WAIT_SECONDS = 30.0


class SearchView(Generic[C]):
    """A search as it stood when the service was last asked, and the client that asks."""

    record: SearchRecord
    """All that the service says of it."""
    _etag: str | None

    def __init__(self, client: C, standing: Standing) -> None:
        self.client = client
        self.take(standing)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.status}>"

    @property
    def id(self) -> str:
        """The search's id."""
        return self.record.id

    @property
    def status(self) -> Status:
        """Where it stands."""
        return self.record.status

    @property
    def spec(self) -> Spec:
        """What was asked for, every default filled in."""
        return self.record.spec

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return self.record.progress

    @property
    def error(self) -> Failure | None:
        """Why it failed."""
        return self.record.error

    @property
    def has_ended(self) -> bool:
        """Tell whether it will not change any more by itself."""
        return self.record.has_ended

    def take(self, standing: Standing) -> Self:
        """Take over what the service has said of it."""
        if standing.record is not None:
            self.record = standing.record
        self._etag = standing.etag
        return self

    def _look(self, wait_seconds: float) -> Call[Standing]:
        return search_calls.look_at_search(self.id, etag=self._etag, wait_seconds=wait_seconds)

    def _waiting(self, timeout: float | None) -> Iterator[Call[Standing]]:
        """Yield the calls that wait for the end; what they return is to be taken.

        Raises:
            TimeoutError: it has not ended in time.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.has_ended:
            left = _LONGEST_WAIT_SECONDS if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{self.id} is still {self.status} after {timeout:g} s")
            # Without the tag: not every change is worth an answer.
            yield search_calls.look_at_search(
                self.id, wait_seconds=min(left, _LONGEST_WAIT_SECONDS)
            )


def of_search(
    method: Callable[Concatenate[C, str, P], T],
) -> Callable[Concatenate[SearchView[C], P], T]:
    """Turn a client's method that takes a search's id into one of the search."""

    @wraps(method)
    def own(search: SearchView[C], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return method(search.client, search.id, *args, **kwargs)

    return own
