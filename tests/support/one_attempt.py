"""A worker's turn without Celery in its own process: `python -m tests.support.one_attempt`."""

from pathlib import Path

from store.artifact_stores import open_artifacts
from store.database import Database
from store.queue import Doorbell, create_celery
from store.settings import get_settings
from tests.support.launcher import LaunchedProcess, get_launcher
from tests.support.processes import quick_environment
from worker.devices import bound_threads
from worker.draining import get_drain_flag
from worker.identity import get_identity
from worker.kinds.registry import WORKER_KINDS
from worker.runner import Runner

_NO_BROKER = "redis://127.0.0.1:1/0"


def attempt_environment(home: Path, database: Database) -> dict[str, str]:
    """Return the environment of an attempt whose lease nobody but the test ends."""
    url = database.url.render_as_string(hide_password=False)
    return quick_environment(home, url, _NO_BROKER) | {"PDARTS_LEASE_SECONDS": "90"}


def start_attempt(
    environment: dict[str, str], folder: Path, *, first: tuple[str, ...] = ()
) -> LaunchedProcess:
    """Start a process that claims the search that waits first and takes it to an end."""
    return get_launcher().start(
        __name__, environment=environment, log=folder / "attempts.log", first=first
    )


def main() -> None:
    settings = get_settings()
    bound_threads()
    database = Database(settings.database_url)
    Runner(
        database=database,
        artifacts=open_artifacts(settings.artifacts_url),
        doorbell=Doorbell(create_celery(settings.redis_url)),
        settings=settings,
        worker_id=get_identity().id,
        drain=get_drain_flag(),
        kinds=WORKER_KINDS,
        has_cuda=False,
        devices=settings.gpus_per_worker,
    ).run_next()
    database.close()


if __name__ == "__main__":
    main()
