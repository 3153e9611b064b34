"""Watches every request from outside: how it was answered, and how fast."""

import logging
import time
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.monitoring.limited_lines import LimitedLines
from api.monitoring.request_metrics import UNKNOWN_ROUTE, RequestMetrics
from store.logs import ACCESS_LOGGER

_NOT_MODIFIED = 304
_CLIENT_LEFT = 499
"""The usual number for a request that nobody waits for any more."""

logger = logging.getLogger(ACCESS_LOGGER)


class ObservationMiddleware:
    """Counts each request and writes a line about it."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics
        self._strangers = LimitedLines(logger, "requests without a valid key")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(begun_at=time.perf_counter())

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.begin(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception:
            # Answered farther outside.
            answer.begin(500)
            raise
        finally:
            self._note(scope, answer)

    def _note(self, scope: Scope, answer: "_Answer") -> None:
        method, route = scope["method"], route_of(scope)
        seconds = answer.seconds
        self._metrics.count(method=method, route=route, status=answer.status, seconds=seconds)
        # Clients poll all the time, and mostly learn that nothing is new.
        level = logging.DEBUG if answer.status == _NOT_MODIFIED else logging.INFO
        if not logger.isEnabledFor(level):
            return
        address, _ = scope.get("client") or (None, None)
        if not _is_known(scope) and not self._strangers.allow(address):
            return
        milliseconds = round(seconds * 1000, 1)
        logger.log(
            level,
            "%s %s %d in %.1f ms",
            method,
            route,
            answer.status,
            milliseconds,
            extra={
                "client": address,
                "method": method,
                "route": route,
                "status": answer.status,
                "ms": milliseconds,
            },
        )


def _is_known(scope: Scope) -> bool:
    """Tell whether the request came from a caller who may make some: they have limits."""
    return "caller" in scope.get("state", {})


def route_of(scope: Scope) -> str:
    """Return the template of the request's path, once it was served."""
    return str(getattr(scope.get("route"), "path", UNKNOWN_ROUTE))


@dataclass
class _Answer:
    begun_at: float
    status: int = _CLIENT_LEFT
    _seconds: float | None = None

    def begin(self, status: int) -> None:
        if self._seconds is None:
            self.status = status
            self._seconds = time.perf_counter() - self.begun_at

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.begun_at if self._seconds is None else self._seconds
