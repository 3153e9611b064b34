"""Requests without a key take turns, where keys are required.

What they may read costs little, but anyone can ask for it any number of times on many connections.
A few of them are served at a time, by turns between addresses, so that the flood of one address
waits for itself.
"""

from contextlib import AsyncExitStack

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.bodies import BASE
from api.resources.turns import Turns

_AT_ONCE = 2
_READING = frozenset({"GET", "HEAD"})
_NEVER_WAIT = frozenset({"/livez", "/readyz", f"{BASE}/livez", f"{BASE}/readyz"})
"""Asked by what restarts or routes around the service. They cost the same however many ask."""


class StrangersMiddleware:
    """Has requests without a key wait for a turn, which they keep until their answer begins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._turns = Turns(_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if not _is_of_a_stranger(scope):
            await self._app(scope, receive, send)
            return
        address, _ = scope.get("client") or ("", 0)
        async with AsyncExitStack() as turn:

            async def send_and_leave(message: Message) -> None:
                # Others are served while this client takes its answer, or does not.
                await turn.aclose()
                await send(message)

            await turn.enter_async_context(self._turns.of(address))
            await self._app(scope, receive, send_and_leave)


def _is_of_a_stranger(scope: Scope) -> bool:
    # One that changes something may first wait for its body, for as long as its client likes.
    return (
        scope["type"] == "http"
        and scope["method"] in _READING
        and scope["path"] not in _NEVER_WAIT
        and "authorization" not in Headers(scope=scope)
    )
