"""The simplest application, for comparison: its answer is always the same."""

from starlette.types import ASGIApp, Receive, Scope, Send

_BODY = b'{"data": "%s"}' % (b"x" * 2000)
"""About as long as a search."""


def create_app() -> ASGIApp:
    """Return an application that answers every request with the same two kilobytes."""
    return _answer


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY})
