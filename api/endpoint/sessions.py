"""The session of an endpoint: opened, used and committed in one go, in the endpoint's thread.

As a dependency of its own it would be entered and left in threads of its own: a transaction would
be open while the event loop comes round to the next step, and each change of threads takes longer
than a small query.
"""

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from sqlalchemy import event
from sqlalchemy.orm import Session

from api.endpoint.access import owner_of
from api.endpoint.signatures import parameters_of_type, wrapping
from api.resources.resources import Resources

Opening = Callable[[], AbstractContextManager[Session]]

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def get_opening(request: Request) -> AsyncIterator[Opening]:
    """Yield what opens a session: a reading one for safe methods, otherwise one that commits."""
    resources: Resources = request.state.resources
    if request.method in _SAFE_METHODS:
        async with resources.readers.of(owner_of(request)):
            yield resources.database.read
    else:
        async with resources.writers.of(owner_of(request)):
            yield resources.database.write


OpeningDep = Annotated[Opening, Depends(get_opening, scope="function")]


async def _refuse() -> Session:
    raise AssertionError("an endpoint with a session needs a router whose routes are SessionRoutes")


SessionDep = Annotated[Session, Depends(_refuse)]
"""The session; an endpoint of a SessionRoute asks for it by this type."""


class SessionRoute(APIRoute):
    """A route whose endpoint gets a session in its own thread."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **words: Any) -> None:
        super().__init__(path, _with_own_session(endpoint), **words)


def _with_own_session(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    found = parameters_of_type(endpoint, SessionDep)
    if not found or inspect.iscoroutinefunction(endpoint):
        return endpoint
    (name,) = found

    def run(**values: Any) -> Any:
        with values[name]() as session:
            return endpoint(**values | {name: session})

    return wrapping(endpoint, run, **{name: OpeningDep})


def ring_after_commit(session: Session, resources: Resources, job_id: str) -> None:
    """Wake a worker as soon as the row is there for it to claim."""
    event.listen(session, "after_commit", lambda _: resources.doorbell.ring(job_id), once=True)
