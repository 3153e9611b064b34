"""The headers of every answer, unless its endpoint sets others."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFETY: Mapping[str, str] = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        # A drawing that is opened by itself has a style sheet, and nothing else that acts.
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
        "frame-ancestors 'none'",
    }
)
READ = "private, no-cache"
"""Only the reader may keep it, and must ask each time whether it is current (by its ETag)."""
NEVER = "no-store"
_DEFAULTS = {
    is_read: [
        (name.lower().encode(), value.encode())
        for name, value in {**SAFETY, "Cache-Control": READ if is_read else NEVER}.items()
    ]
    for is_read in (False, True)
}
OWN_HEADERS = "answer_headers"
"""Where a request's state has headers for its answer, whatever that will be."""


def add_answer_headers(request: Request, headers: Mapping[str, str]) -> None:
    """Add headers to the answer to a request, whatever it will be."""
    own = getattr(request.state, OWN_HEADERS, {})
    setattr(request.state, OWN_HEADERS, {**own, **headers})


class AnswerHeadersMiddleware:
    """Adds headers on how an answer may be kept and shown; weakens tags of compressed answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(scope.get("state", {}).get(OWN_HEADERS, {}))
                is_read = scope["method"] in {"GET", "HEAD"} and message["status"] < 400
                given = {name for name, _ in headers.raw}
                headers.raw.extend(
                    header for header in _DEFAULTS[is_read] if header[0] not in given
                )
                if b"content-encoding" in given:
                    _weaken_tag(headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _weaken_tag(headers: MutableHeaders) -> None:
    tag = headers.get("etag", "")
    if tag.startswith('"'):
        headers["ETag"] = f"W/{tag}"
