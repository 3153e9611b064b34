"""`pdarts up`: the whole service on this machine, until Ctrl-C."""

import os
import socket
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from importlib.metadata import version

import httpx

from cli.embedded_redis import find_redis_server, prepare_socket
from cli.errors import CliError
from cli.gpus import visible_gpus, workers_in_words
from cli.home import Home, announce, locked, open_home
from cli.keys import check_admin_key
from cli.leftovers import Programs, listen_after, programs_of
from cli.listening import url_for
from cli.migrate import migrate
from cli.processes import KeepsEnding, Program
from cli.programs import WORKER_STOP_SECONDS, api_program, redis_program, worker_programs
from cli.stop_signals import caught
from cli.terminal import say
from cli.watch import Watch, running
from store.settings import Settings

_LEAVING_SECONDS = WORKER_STOP_SECONDS + 10.0
"""How long to wait for a killed predecessor's programs: a worker first returns its job."""
_READY_SECONDS = 120.0
_ANSWER_SECONDS = 5.0


def up(settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Raises:
        CliError: the service cannot start, or does not stay up.
    """
    home = open_home(settings)
    with caught() as stop_signals, locked(home) as lock, programs_of(home) as programs:
        listening = listen_after(
            programs,
            (settings.host, settings.port),
            stop_signals,
            patience_seconds=_LEAVING_SECONDS,
        )
        if listening is None:
            return
        with closing(listening):
            settings = settings.model_copy(update={"port": listening.getsockname()[1]})
            url = url_for(settings.host, settings.port)
            announce(lock, url)
            migrate(settings)
            check_admin_key(settings)
            gpus = visible_gpus(os.environ)
            layers = _sharing(programs, _layers(settings, home, listening, gpus))
            with running(layers, stop_signals) as watch:
                if _wait_until_ready(watch, url):
                    _welcome(url, home, gpus, settings.gpus_per_worker)
                    watch.until_told_to_stop()


def _sharing(programs: Programs, layers: list[list[Program]]) -> list[list[Program]]:
    return [
        [replace(one, inherited=(*one.inherited, programs.descriptor)) for one in layer]
        for layer in layers
    ]


def _layers(
    settings: Settings, home: Home, listening: socket.socket, gpus: Sequence[str]
) -> list[list[Program]]:
    # Stopped in reverse order: a worker returns its job while everything else still runs.
    layers = [
        [api_program(settings, home, listening)],
        worker_programs(settings, home, gpus, logs=home.logs),
    ]
    if settings.redis_is_embedded:
        server = find_redis_server()
        prepare_socket(settings.embedded_redis_socket)
        layers.insert(0, [redis_program(settings, home, server)])
    return layers


def _wait_until_ready(watch: Watch, url: str) -> bool:
    """Return True once the service is ready, False if it is asked to stop before."""
    deadline = time.monotonic() + _READY_SECONDS
    with httpx.Client(base_url=url, trust_env=False, timeout=_ANSWER_SECONDS) as client:
        while not watch.is_to_stop:
            for death in watch.look():
                raise KeepsEnding(death)
            answer = _ask(client)
            if answer == "":
                return True
            if time.monotonic() > deadline:
                raise CliError(f"the service is not ready after {_READY_SECONDS:g} s: {answer}")
    return False


def _ask(client: httpx.Client) -> str:
    """Return what is still wrong; an empty text if the service is ready."""
    try:
        response = client.get("/readyz")
    except httpx.TransportError as error:
        return str(error) or type(error).__name__
    return "" if response.is_success else response.text


def _welcome(url: str, home: Home, gpus: Sequence[str], gpus_per_worker: int) -> None:
    body = '{"dataset": "digits", "preset": "quick"}'
    say(
        f"P-DARTS {version('pdarts')} is ready at {url}",
        f"  web page       {url}/ui",
        f"  documentation  {url}/docs",
        f"  workers        {workers_in_words(len(gpus), gpus_per_worker)}",
        f"  files          {home.folder} (logs in {home.logs.name}/)",
        "",
        "Start a search:",
        f"  curl -X POST {url}/searches -H 'Content-Type: application/json' -d '{body}'",
        "",
        "Ctrl-C stops everything; running jobs continue at the next start.",
    )
