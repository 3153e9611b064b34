"""A job of any kind on the client's side, as the service last described it.

Another kind needs a module like `search_calls.py`: its two classes of job, a `JobKind` that gives
clients the calls that every kind has, and its own calls.
"""

import time
from collections.abc import Awaitable, Callable, Iterator
from functools import update_wrapper
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Concatenate,
    Generic,
    ParamSpec,
    Self,
    TypedDict,
    TypeVar,
    Unpack,
)

from cli.client.binding import Asynchronous, Blocking, Method, Move, asks, follows, lists
from cli.client.call import Call
from cli.client.following import Follower
from cli.client.job_calls import JobCalls, Tagged
from cli.client.model import Page
from cli.client.models import Event, Failure, JobRecord
from store.states import Status

if TYPE_CHECKING:
    from cli.client.asynchronous import AsyncClient
    from cli.client.sync import Client

Id = ParamSpec("Id")
P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound=JobRecord)

_LONGEST_WAIT_SECONDS = 30.0


class PatchFields(TypedDict, total=False):
    """What can be changed about a job."""

    name: str | None
    metadata: dict[str, Any] | None
    priority: int | None


def moves(build: Callable[Concatenate[Any, P], Call[Tagged[Any]]]) -> Move[P]:
    """Return a job's method that makes a call and updates the job."""

    def make(job: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        return job.carrier.send(build(job, *args, **kwargs).then(job.take))

    return Move(build, make)


def waits(build: Callable[Concatenate[Any, P], Iterator[Call[Tagged[Any]]]]) -> Move[P]:
    """Return a job's method that makes several calls, one after another."""

    def make(job: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        return job.take_each(build(job, *args, **kwargs))

    return Move(build, make)


class Job(Generic[R]):
    """A job, and the client that makes its calls."""

    collection: ClassVar[str]
    """The path where jobs of its kind are found."""
    record_type: ClassVar[type[Any]]
    """The type of the service's answer about one."""
    record: R
    """Everything that the service last said about it."""
    _etag: str | None

    def __init__(self, client: Any, tagged: Tagged[R]) -> None:
        self.client = client
        self.take(tagged)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.status}>"

    @property
    def carrier(self) -> Any:
        """The client that makes the calls."""
        return self.client

    @property
    def id(self) -> str:
        """The job's id."""
        return self.record.id

    @property
    def status(self) -> Status:
        """Its status."""
        return self.record.status

    @property
    def error(self) -> Failure | None:
        """Why it failed."""
        return self.record.error

    @property
    def has_ended(self) -> bool:
        """Tell whether it has finished: succeeded, failed or cancelled."""
        return self.record.has_ended

    def take(self, tagged: Tagged[R]) -> Self:
        """Store what the service has said about it."""
        if tagged.record is not None:
            self.record = tagged.record
        self._etag = tagged.etag
        return self

    @moves
    def refresh(self, *, wait_seconds: float = 0.0) -> Call[Tagged[R]]:
        """Read it again; with a wait, return as soon as it changes or ends."""
        return self._calls.look(etag=self._etag, wait_seconds=wait_seconds)

    @waits
    def wait(self, timeout: float | None = None) -> Iterator[Call[Tagged[R]]]:
        """Wait until it has ended.

        Raises:
            TimeoutError: it has not ended after this many seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.has_ended:
            left = _LONGEST_WAIT_SECONDS if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{self.id} is still {self.status} after {timeout:g} s")
            # Without the tag, since not every change needs an answer.
            yield self._calls.look(wait_seconds=min(left, _LONGEST_WAIT_SECONDS))

    @moves
    def cancel(self) -> Call[Tagged[R]]:
        """Cancel it: at once if it is waiting, else within seconds."""
        return self._calls.move("cancel")

    @moves
    def pause(self) -> Call[Tagged[R]]:
        """Pause it: at once if it is waiting, else within seconds, with a checkpoint."""
        return self._calls.move("pause")

    @moves
    def resume(self) -> Call[Tagged[R]]:
        """Queue it again after a pause; it continues from its last checkpoint."""
        return self._calls.move("resume")

    @moves
    def retry(self) -> Call[Tagged[R]]:
        """Queue it again after a failure; it continues from its last checkpoint."""
        return self._calls.move("retry")

    @moves
    def update(
        self, *, if_match: str | None = None, **fields: Unpack[PatchFields]
    ) -> Call[Tagged[R]]:
        """Change its name, metadata (member by member) or priority; None removes a value.

        Args:
            if_match: the tag of the version that it must still have.
            fields: the new values.
        """
        return self._calls.update(fields, if_match=if_match)

    @asks
    def delete(self) -> Call[None]:
        """Delete it and everything that it stored; it must have ended."""
        return self._calls.delete()

    @follows
    def events(self, *, after: int = 0) -> Follower:
        """Yield its events until it ends, even if connections are lost."""
        return self._calls.follow(after=after)

    @lists
    def history(self, *, after: int | None = None) -> Call[Page[Event]]:
        """List its events so far, the oldest first; with `after`, only those after that number."""
        return self._calls.list_events(after=after)

    @asks
    def log(self) -> Call[str]:
        """Read its history as text, with the traceback if it failed."""
        return self._calls.read_log()

    @property
    def _calls(self) -> JobCalls[R]:
        return JobCalls(f"{self.collection}/{self.id}", self.record_type)


class BlockingJob(Job[R], Blocking):
    """A job whose methods block."""

    client: "Client"

    def take_each(self, calls: Iterator[Call[Tagged[R]]]) -> Self:
        """Make the calls, and update the job after each."""
        for call in calls:
            self.take(self.client.send(call))
        return self


class AsyncJob(Job[R], Asynchronous):
    """A job whose methods are awaited."""

    client: "AsyncClient"

    async def take_each(self, calls: Iterator[Call[Tagged[R]]]) -> Self:
        """Make the calls, and update the job after each."""
        for call in calls:
            self.take(await self.client.send(call))
        return self


B = TypeVar("B", bound=BlockingJob[Any])
A = TypeVar("A", bound=AsyncJob[Any])


class JobKind(Generic[Id, B, A]):
    """The methods that clients have for jobs of one kind, by id.

    Args:
        path: makes a job's path from its id, a parameter with the name that clients use.
        blocking: what the blocking client returns.
        asynchronous: what the asynchronous client returns.
    """

    def __init__(self, path: Callable[Id, str], blocking: type[B], asynchronous: type[A]) -> None:
        self._path = path
        self._blocking = blocking
        self._asynchronous = asynchronous
        self.get = self.opens(self._by_id(lambda job: job.look(), Job.refresh))
        self.cancel = self.opens(self._by_id(lambda job: job.move("cancel"), Job.cancel))
        self.pause = self.opens(self._by_id(lambda job: job.move("pause"), Job.pause))
        self.resume = self.opens(self._by_id(lambda job: job.move("resume"), Job.resume))
        self.retry = self.opens(self._by_id(lambda job: job.move("retry"), Job.retry))
        self.delete = asks(self._by_id(lambda job: job.delete(), Job.delete))
        self.read_log = asks(self._by_id(lambda job: job.read_log(), Job.log))

    def at(self, *args: Id.args, **kwargs: Id.kwargs) -> JobCalls[Any]:
        """Return the calls of the job with this id."""
        return JobCalls(self._path(*args, **kwargs), self._blocking.record_type)

    def opens(
        self, build: Callable[Concatenate[Any, P], Call[Tagged[Any]]]
    ) -> Method[P, B, Awaitable[A]]:
        """Return a method that returns a job."""

        def make(client: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
            kind = self._blocking if isinstance(client, Blocking) else self._asynchronous
            call = build(client, *args, **kwargs)
            return client.send(call.then(lambda tagged: kind(client, tagged)))

        return Method(build, make)

    def _by_id(
        self, pick: Callable[[JobCalls[Any]], T], like: Method[..., Any, Any] | Move[...]
    ) -> Callable[Concatenate[Any, Id], T]:
        def build(_: Any, /, *args: Id.args, **kwargs: Id.kwargs) -> T:
            return pick(self.at(*args, **kwargs))

        update_wrapper(build, self._path).__doc__ = like.__doc__
        return build
