"""A job of any kind on the client's side, as it stood when the service was last asked.

Another kind needs a module like `search_calls.py`: its two classes of job, a `JobKind` that gives
clients the calls that every kind has, and the calls of its own.
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
from cli.client.job_calls import JobCalls, Standing
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
    """What can be changed of a job."""

    name: str | None
    metadata: dict[str, Any] | None
    priority: int | None


def moves(build: Callable[Concatenate[Any, P], Call[Standing[Any]]]) -> Move[P]:
    """Return a job's method that makes a call, and takes over how the job then stands."""

    def make(job: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        return job.carrier.send(build(job, *args, **kwargs).then(job.take))

    return Move(build, make)


def waits(build: Callable[Concatenate[Any, P], Iterator[Call[Standing[Any]]]]) -> Move[P]:
    """Return a job's method that makes one call after the other."""

    def make(job: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        return job.take_each(build(job, *args, **kwargs))

    return Move(build, make)


class Job(Generic[R]):
    """A job, and the client that asks for it."""

    collection: ClassVar[str]
    """Where jobs of its kind are found."""
    record_type: ClassVar[type[Any]]
    """What the service says of one."""
    record: R
    """All that the service says of it."""
    _etag: str | None

    def __init__(self, client: Any, standing: Standing[R]) -> None:
        self.client = client
        self.take(standing)

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
        """Where it stands."""
        return self.record.status

    @property
    def error(self) -> Failure | None:
        """Why it failed."""
        return self.record.error

    @property
    def has_ended(self) -> bool:
        """Tell whether it will not change any more by itself."""
        return self.record.has_ended

    def take(self, standing: Standing[R]) -> Self:
        """Take over what the service has said of it."""
        if standing.record is not None:
            self.record = standing.record
        self._etag = standing.etag
        return self

    @moves
    def refresh(self, *, wait_seconds: float = 0.0) -> Call[Standing[R]]:
        """Ask where it stands; with a wait, come back at the first news or when it is over."""
        return self._calls.look(etag=self._etag, wait_seconds=wait_seconds)

    @waits
    def wait(self, timeout: float | None = None) -> Iterator[Call[Standing[R]]]:
        """Wait until it has ended.

        Raises:
            TimeoutError: it has not ended after so many seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.has_ended:
            left = _LONGEST_WAIT_SECONDS if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{self.id} is still {self.status} after {timeout:g} s")
            # Without the tag: not every change is worth an answer.
            yield self._calls.look(wait_seconds=min(left, _LONGEST_WAIT_SECONDS))

    @moves
    def cancel(self) -> Call[Standing[R]]:
        """Cancel it: at once if it waits, else within seconds."""
        return self._calls.move("cancel")

    @moves
    def pause(self) -> Call[Standing[R]]:
        """Pause it: at once if it waits, else within seconds, with a checkpoint."""
        return self._calls.move("pause")

    @moves
    def resume(self) -> Call[Standing[R]]:
        """Queue it again after a pause; it goes on from its last checkpoint."""
        return self._calls.move("resume")

    @moves
    def retry(self) -> Call[Standing[R]]:
        """Queue it again after a failure; it goes on from its last checkpoint."""
        return self._calls.move("retry")

    @moves
    def update(
        self, *, if_match: str | None = None, **fields: Unpack[PatchFields]
    ) -> Call[Standing[R]]:
        """Change its name, metadata (member by member) or priority; None takes away.

        Args:
            if_match: the tag of the version that it must still have.
            fields: what changes.
        """
        return self._calls.update(fields, if_match=if_match)

    @asks
    def delete(self) -> Call[None]:
        """Delete it, which must have ended, and all that it left."""
        return self._calls.delete()

    @follows
    def events(self, *, after: int = 0) -> Follower:
        """Yield what happens to it, until it ends; also over lost connections."""
        return self._calls.follow(after=after)

    @lists
    def history(self, *, after: int | None = None) -> Call[Page[Event]]:
        """List what has happened so far, the oldest first; `after` the event with this number."""
        return self._calls.list_events(after=after)

    @asks
    def log(self) -> Call[str]:
        """Read what has happened as text, with the traceback of a failure."""
        return self._calls.read_log()

    @property
    def _calls(self) -> JobCalls[R]:
        return JobCalls(f"{self.collection}/{self.id}", self.record_type)


class BlockingJob(Job[R], Blocking):
    """A job whose methods block."""

    client: "Client"

    def take_each(self, calls: Iterator[Call[Standing[R]]]) -> Self:
        """Make the calls, and take over what each comes to."""
        for call in calls:
            self.take(self.client.send(call))
        return self


class AsyncJob(Job[R], Asynchronous):
    """A job whose methods are awaited."""

    client: "AsyncClient"

    async def take_each(self, calls: Iterator[Call[Standing[R]]]) -> Self:
        """Make the calls, and take over what each comes to."""
        for call in calls:
            self.take(await self.client.send(call))
        return self


B = TypeVar("B", bound=BlockingJob[Any])
A = TypeVar("A", bound=AsyncJob[Any])


class JobKind(Generic[Id, B, A]):
    """The methods that clients have for jobs of one kind, by id.

    Args:
        path: from an id, named as clients name it, to the job's place in the interface.
        blocking: what the client that blocks returns.
        asynchronous: what the other one returns.
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
        self, build: Callable[Concatenate[Any, P], Call[Standing[Any]]]
    ) -> Method[P, B, Awaitable[A]]:
        """Return a method that comes back with a job."""

        def make(client: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
            kind = self._blocking if isinstance(client, Blocking) else self._asynchronous
            call = build(client, *args, **kwargs)
            return client.send(call.then(lambda standing: kind(client, standing)))

        return Method(build, make)

    def _by_id(
        self, pick: Callable[[JobCalls[Any]], T], like: Method[..., Any, Any] | Move[...]
    ) -> Callable[Concatenate[Any, Id], T]:
        def build(_: Any, /, *args: Id.args, **kwargs: Id.kwargs) -> T:
            return pick(self.at(*args, **kwargs))

        update_wrapper(build, self._path).__doc__ = like.__doc__
        return build
