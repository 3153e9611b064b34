"""What `python -m api` serves: the application, logging as it is set, and the server under it."""

import gc
import logging
import resource
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

import api.main
from api.http.bounded_protocol import bounded_protocol
from api.http.connection_limit import ConnectionLimit
from api.monitoring.limited_lines import LimitedWarnings
from api.resources.resources import Resources
from store.logs import configure_logging
from store.settings import Settings, get_settings
from store.tracing import start_tracing

KEEP_ALIVE_SECONDS = 75
"""An idle connection stays open this long: longer than those of clients that poll, which would
otherwise now and then send a request just as it is closed."""
_STOP_SECONDS = 5
"""For the requests that are being served when the server is to stop."""
_OPEN_FILES = 65_536
"""Enough for any number of connections that one process can serve."""
_MALFORMED = "Invalid HTTP request received."
"""What uvicorn warns of, once for each."""
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
    malformed = LimitedWarnings(logger, _MALFORMED, "what was no HTTP request")
    logging.getLogger("uvicorn.error").addFilter(malformed)
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


def make_server(
    app: FastAPI | Callable[[], FastAPI],
    settings: Settings,
    *,
    host: str,
    port: int,
) -> Server:
    """Return a server of an application, or of what makes one, with bounds on connections."""
    limit = ConnectionLimit(
        settings.connections_per_address, trusted=settings.trusted_proxy_networks
    )
    return Server(
        uvicorn.Config(
            app,
            factory=not isinstance(app, FastAPI),
            host=host,
            port=port,
            http=bounded_protocol(limit),
            # There are none, and the library that serves them knows none of our bounds.
            ws="none",
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
    )


def allow_many_connections() -> None:
    """Let this process have as many open files as the system grants to anyone who asks."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if most == resource.RLIM_INFINITY else min(most, _OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def inherited_socket(descriptor: int) -> socket.socket:
    """Return the socket behind a file that another process opened, as what it is.

    Uvicorn's own `--fd` takes each for a Unix socket. Over TCP, the answer's head and its body then
    wait for each other (no TCP_NODELAY: some 40 ms), and no request knows where it came from.
    """
    return socket.socket(fileno=descriptor)
