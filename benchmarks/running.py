"""What benchmarks of the HTTP interface start: both databases, Redis, an API process."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from api.server import KEEP_ALIVE_SECONDS
from migrations.schema import upgrade
from tests.support.servers import PostgresServer, RedisServer, free_port, wait_until

ROOT = Path(__file__).parents[1]
DATABASES = ("sqlite", "postgresql")
_START_SECONDS = 120.0
SERVICE = "api.server:create_app"


@contextmanager
def running_database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty, migrated database."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'pdarts.db'}"
        upgrade(url)
        yield url
        return
    server = PostgresServer()
    try:
        server.start()
        upgrade(server.url())
        yield server.url()
    finally:
        server.delete()


@contextmanager
def running_redis() -> Iterator[str]:
    """Yield the URL of a Redis."""
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server.url
        finally:
            server.stop()


@contextmanager
def running_api(app: str, home: Path, variables: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Serve an app with plain uvicorn on a port; yield the port and the process."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--factory", "--port", str(port)]
    command += ["--app-dir", str(ROOT), "--http", "api.http.bounded_protocol:BoundedProtocol"]
    command += ["--timeout-keep-alive", str(KEEP_ALIVE_SECONDS)]
    inherited = {name: v for name, v in os.environ.items() if not name.startswith("PDARTS_")}
    environment = {**inherited, "PDARTS_HOME": str(home), **variables}
    log = home / f"{app.partition(':')[0]}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603  fixed arguments
            command, env=environment, stdout=said, stderr=said, cwd=home
        )
    try:
        wait_until(lambda: _answers(port, process, log), f"{app} to answer", seconds=_START_SECONDS)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def _answers(port: int, process: "subprocess.Popen[bytes]", log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        return httpx.get(f"http://127.0.0.1:{port}/livez", trust_env=False).is_success
    except httpx.TransportError:
        return False
