"""The HTTP service as it runs: uvicorn on a loopback port, in a thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from api.http.bounded_protocol import BoundedProtocol
from api.main import create_app
from cli.programs import KEEP_ALIVE_SECONDS
from store.settings import Settings
from tests.support.servers import wait_until


@contextmanager
def serve(settings: Settings, *, port: int = 0) -> Iterator[httpx.Client]:
    """Yield a client of a running service, on any free port unless one is named."""
    config = uvicorn.Config(
        create_app(settings),
        host="127.0.0.1",
        port=port,
        http=BoundedProtocol,
        ws="none",
        log_level="critical",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="http service")
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive(), "the HTTP service")
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
