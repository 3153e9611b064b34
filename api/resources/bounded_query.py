"""Queries have bounds, and nobody reads one that is beyond them.

Whoever sends such queries is refused one at a time, and rests after each: a request's head is read
before anyone can refuse it, and thousands of long ones would leave others no time.
"""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.error_handler import answer_error
from api.http.errors import InvalidRequest
from api.resources.resources import Resources

LONGEST_QUERY = 32 * 1024
"""Bytes."""
MOST_PARAMETERS = 100


class BoundedQueryMiddleware:
    """Refuses queries that would take long to read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        fault = _fault(scope["query_string"]) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        resources: Resources = request.state.resources
        address = "" if request.client is None else request.client.host
        async with resources.refusals.working(address, len(scope["query_string"])):
            answer = await answer_error(request, InvalidRequest(fault))
        await answer(scope, receive, send)


def _fault(query: bytes) -> str | None:
    if len(query) > LONGEST_QUERY:
        return f"the query must not be longer than {LONGEST_QUERY} bytes"
    count = query.count(b"&") + 1
    if count > MOST_PARAMETERS:
        return f"the query has {count} parameters; the limit is {MOST_PARAMETERS}"
    return None
