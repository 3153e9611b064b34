"""Methods that are defined once, as a call, for the blocking and the asynchronous client.

The decorators take a method that builds a call, and return one that makes it. On a blocking object
this returns the result of the call; on an asynchronous one, something to await or iterate over.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import update_wrapper, wraps
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from cli.client.call import Call
from cli.client.following import Follower
from cli.client.model import Page
from cli.client.models import Event

P = ParamSpec("P")
T = TypeVar("T")
B = TypeVar("B")
A = TypeVar("A")


class Caller:
    """A client, or a job that makes its calls through one."""

    @property
    def carrier(self) -> Any:
        """The client that makes the calls."""
        return self


class Blocking(Caller):
    """Its methods return once the answer is there."""


class Asynchronous(Caller):
    """Its methods are awaited."""


BC = TypeVar("BC", bound=Blocking)
AC = TypeVar("AC", bound=Asynchronous)


class _Defined:
    """A method that was defined as a call: how to build the call, and how to make it."""

    def __init__(self, build: Callable[..., Any], make: Callable[..., Any]) -> None:
        update_wrapper(self, build)
        self.build = build
        self.make = make

    def __set_name__(self, _: type, name: str) -> None:
        self.__name__ = name

    def __call__(self, caller: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Make the call."""
        return self.make(caller, *args, **kwargs)

    def bound_to(self, caller: Caller) -> Callable[..., Any]:
        """Return the method, bound to a caller."""

        @wraps(self.build)
        def method(*args: Any, **kwargs: Any) -> Any:
            return self.make(caller, *args, **kwargs)

        method.__name__ = self.__name__
        return method


class Method(_Defined, Generic[P, B, A]):
    """Takes P; returns B if it blocks, and A if not."""

    @overload
    def __get__(self, caller: None, _: type) -> Self: ...
    @overload
    def __get__(self, caller: Blocking, _: type) -> Callable[P, B]: ...
    @overload
    def __get__(self, caller: Asynchronous, _: type) -> Callable[P, A]: ...
    def __get__(self, caller: Caller | None, _: type) -> Any:
        """Return the method, bound to its caller."""
        return self if caller is None else self.bound_to(caller)


class Move(_Defined, Generic[P]):
    """Takes P; returns the job that it belongs to, brought up to date."""

    @overload
    def __get__(self, job: None, _: type) -> Self: ...
    @overload
    def __get__(self, job: BC, _: type) -> Callable[P, BC]: ...
    @overload
    def __get__(self, job: AC, _: type) -> Callable[P, Awaitable[AC]]: ...
    def __get__(self, job: Caller | None, _: type) -> Any:
        """Return the method, bound to its job."""
        return self if job is None else self.bound_to(job)


def asks(build: Callable[Concatenate[Any, P], Call[T]]) -> Method[P, T, Awaitable[T]]:
    """Return a method that makes a call and returns its result."""
    return Method(build, _with("send", build))


def lists(
    build: Callable[Concatenate[Any, P], Call[Page[T]]],
) -> Method[P, Iterator[T], AsyncIterator[T]]:
    """Return a method that yields the entries of all pages."""
    return Method(build, _with("pages", build))


def follows(
    build: Callable[Concatenate[Any, P], Follower],
) -> Method[P, Iterator[Event], AsyncIterator[Event]]:
    """Return a method that yields events as they happen, until the job ends."""
    return Method(build, _with("follow", build))


def tells(build: Callable[Concatenate[Any, P], Call[bool]]) -> Method[P, bool, Awaitable[bool]]:
    """Return a method that makes a call once, and returns False if it fails."""
    return Method(build, _with("tell", build))


def own(method: Method[Concatenate[str, P], B, A]) -> Method[P, B, A]:
    """Turn a client's method that takes a job's id into one of the job."""

    def make(job: Any, /, *args: Any, **kwargs: Any) -> Any:
        return method.make(job.carrier, job.id, *args, **kwargs)

    return Method(method.build, make)


def _with(verb: str, build: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that builds a call, and makes it with the client's method of this name."""

    def make(caller: Caller, /, *args: Any, **kwargs: Any) -> Any:
        return getattr(caller.carrier, verb)(build(caller, *args, **kwargs))

    return make
