"""The HTTP service as it runs, on a loopback port, but in a thread."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from fastapi import FastAPI

from api.main import create_app
from api.server import Server, make_server
from cli.client.places import trusted_authorities
from store.settings import Settings
from tests.support.servers import wait_until


@contextmanager
def serve(
    settings: Settings, *, port: int = 0, app: FastAPI | None = None
) -> Iterator[httpx.Client]:
    """Yield a client of a running service, on any free port unless one is named."""
    with running(settings, port=port, app=app) as server:
        port = server.servers[0].sockets[0].getsockname()[1]
        trusted = trusted_authorities(trust_env=True)
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=90, verify=trusted) as client:
            yield client


@contextmanager
def running(
    settings: Settings,
    *,
    port: int = 0,
    listening: socket.socket | None = None,
    app: FastAPI | None = None,
) -> Iterator[Server]:
    """Run a server, on a socket that already listens if there is one; stop it after the block."""
    server = make_server(app or create_app(settings), settings, host="127.0.0.1", port=port)
    for name in ("uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    sockets = None if listening is None else [listening]
    thread = threading.Thread(target=server.run, args=(sockets,), name="http service")
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive(), "the HTTP service")
        yield server
    finally:
        server.should_exit = True
        thread.join()
