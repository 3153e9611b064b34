"""A service to talk to: the one that is running, or one of our own for as long as needed."""

import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from cli.client import Client, Retries
from cli.environment import settings_environment
from cli.errors import AlreadyInUse, CliError, Interrupted
from cli.home import open_home
from cli.listening import listen, url_for
from cli.processes import Program, RestartPolicy
from cli.stop_signals import StopSignals
from cli.supervisor import Supervisor
from cli.terminal import say
from store.settings import Settings

_READY_SECONDS = 180.0
_STOP_SECONDS = 90.0
_LOOK_SECONDS = 0.2
_RETRIES = Retries(patience_seconds=30.0)


@contextmanager
def some_service(settings: Settings, stop_signals: StopSignals) -> Iterator[Client]:
    """Yield a client of the service at the settings' address, or of one started for the block.

    Raises:
        CliError: none is up and none can be started.
        Interrupted: Ctrl-C came while it started.
    """
    with Client(url_for(settings.host, settings.port), retries=_RETRIES) as client:
        if client.is_alive():
            say(f"A service is up at {client.url}.")
            yield client
            return
    port = _free_port(settings)
    settings = settings.model_copy(update={"port": port})
    with (
        Client(url_for(settings.host, port), retries=_RETRIES) as client,
        _own_service(settings, client, stop_signals),
    ):
        yield client


@contextmanager
def _own_service(settings: Settings, client: Client, stop_signals: StopSignals) -> Iterator[None]:
    home = open_home(settings)
    log = home.logs / "up.log"
    log.unlink(missing_ok=True)
    program = Program(
        name="service",
        command=[sys.executable, "-P", "-m", "cli", "up"],
        environment=settings_environment(settings),
        folder=home.folder,
        log=log,
        stop_seconds=_STOP_SECONDS,
    )
    say(f"No service is up; starting one at {client.url} for this command (log: {log}).")
    supervisor = Supervisor([[program]], policy=RestartPolicy(too_many_deaths=1))
    try:
        supervisor.start()
        _wait_until_ready(client, supervisor, stop_signals)
        yield
    finally:
        supervisor.stop(in_a_hurry=stop_signals.asked_again)


def _wait_until_ready(client: Client, supervisor: Supervisor, stop_signals: StopSignals) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not client.is_ready():
        if stop_signals.wait(_LOOK_SECONDS):
            raise Interrupted
        supervisor.keep_running()
        if time.monotonic() > deadline:
            raise CliError(f"the service is not ready after {_READY_SECONDS:g} s")


def _free_port(settings: Settings) -> int:
    try:
        listening = listen(settings.host, settings.port)
    except AlreadyInUse:
        listening = listen(settings.host, 0)
    with closing(listening):
        return int(listening.getsockname()[1])
