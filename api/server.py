"""What `python -m api` serves: the application, logging as it is set, and the server under it."""

import gc
import logging
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

import api.main
from api.http.bounded_protocol import BoundedProtocol
from api.resources.resources import Resources
from store.logs import configure_logging
from store.settings import get_settings
from store.tracing import start_tracing

KEEP_ALIVE_SECONDS = 75
"""An idle connection stays open this long: longer than those of clients that poll, which would
otherwise now and then send a request just as it is closed."""
_STOP_SECONDS = 5
"""For the requests that are being served when the server is to stop."""
_UNTRACED = "livez,readyz,metrics"
"""What is asked every few seconds."""

logger = logging.getLogger(__name__)


def create_app() -> FastAPI:
    """Make the service, and have this process log as the settings want it.

    Raises:
        UnsafeSettingsError: the settings would open it to strangers.
    """
    settings = get_settings()
    configure_logging(settings)
    app = api.main.create_app(settings)
    # What is there by now stays: without this, the collector looks through all of it again and
    # again, and requests wait meanwhile.
    gc.collect()
    gc.freeze()
    if start_tracing("pdarts-api"):
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor  # noqa: PLC0415

        FastAPIInstrumentor.instrument_app(
            app, excluded_urls=_UNTRACED, exclude_spans=["receive", "send"]
        )
    return app


class Server(uvicorn.Server):
    """Uvicorn; when it stops, requests that wait for news are answered instead of waited for."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve, and say on which socket where one was given."""
        await super().startup(sockets)
        for listening in sockets or ():
            logger.info("serving on a socket that listens at %s", listening.getsockname())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Send those home who wait for news, then stop."""
        resources: Resources | None = self.lifespan.state.get("resources")
        if resources is not None:
            resources.news.close()
        await super().shutdown(sockets)


def make_server(create: Callable[[], FastAPI], *, host: str, port: int) -> Server:
    """Return a server of what `create` makes, with this project's bounds on connections."""
    return Server(
        uvicorn.Config(
            create,
            factory=True,
            host=host,
            port=port,
            http=BoundedProtocol,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
    )


def inherited_socket(descriptor: int) -> socket.socket:
    """Return the socket behind a file that another process opened, as what it is.

    Uvicorn's own `--fd` takes each for a Unix socket. Over TCP, the answer's head and its body then
    wait for each other (no TCP_NODELAY: some 40 ms), and no request knows where it came from.
    """
    return socket.socket(fileno=descriptor)
