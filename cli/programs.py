"""The programs that make up the service, as command lines and environments."""

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import joblib

from cli.embedded_redis import redis_command
from cli.environment import settings_environment
from cli.gpus import environment_for, in_groups
from cli.home import Home
from cli.processes import Program
from store.settings import Settings

_API_STOP_SECONDS = 10.0
WORKER_STOP_SECONDS = 60.0


def redis_program(settings: Settings, home: Home, server: Path) -> Program:
    """Return the embedded Redis."""
    path = settings.embedded_redis_socket
    return Program(
        name="broker",
        command=redis_command(server, path),
        environment=dict(os.environ),
        folder=path.parent,
        log=home.logs / "redis.log",
        is_shown=False,
    )


def api_program(settings: Settings, home: Home, listening: socket.socket) -> Program:
    """Return the HTTP interface, serving on a socket that already listens."""
    return Program(
        name="API",
        command=api_command("--fd", str(listening.fileno())),
        environment=settings_environment(settings),
        folder=home.folder,
        log=home.logs / "api.log",
        inherited=(listening.fileno(),),
        stop_seconds=_API_STOP_SECONDS,
    )


def worker_programs(
    settings: Settings, home: Home, gpus: Sequence[str], *, logs: Path | None
) -> list[Program]:
    """Return a worker for each GPU, or for as many as one job may have, or one without any.

    Their logs go into the folder, if any.
    """
    groups = in_groups(gpus, settings.gpus_per_worker)
    environment = {**_shared_processors(len(groups)), **settings_environment(settings)}
    names: dict[str, str | None] = {
        f"worker-{number}": group for number, group in enumerate(groups)
    }
    return [
        Program(
            name=name,
            command=worker_command(name),
            environment=environment_for(gpu, environment),
            folder=home.folder,
            log=None if logs is None else logs / f"{name}.log",
            stop_seconds=WORKER_STOP_SECONDS,
        )
        for name, gpu in (names or {"worker": None}).items()
    ]


def api_command(*where: str) -> list[str]:
    """Return the command line of the HTTP interface; `where` says what it listens on."""
    return [*_module("api"), *where]


def worker_command(name: str) -> list[str]:
    """Return the command line of a Celery worker that runs one job at a time."""
    return [
        *_module("celery"),
        "--quiet",
        *("--app", "worker.app"),
        "worker",
        *("--hostname", f"{name}@%h"),
        *("--loglevel", "INFO"),
        # Liveness is the worker's row: nothing is asked of other workers through the broker.
        *("--without-mingle", "--without-gossip", "--without-heartbeat"),
    ]


def _shared_processors(workers: int) -> dict[str, str]:
    # Every worker would otherwise compute with as many threads as the machine has processors.
    if workers <= 1:
        return {}
    return {"OMP_NUM_THREADS": str(max(1, joblib.cpu_count() // workers))}


def _module(name: str) -> list[str]:
    # -P: else a folder named `api` or `worker` where the command runs would hide ours.
    return [sys.executable, "-P", "-m", name]
