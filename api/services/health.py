"""Whether the service can do its work."""

import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

import anyio
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from api.monitoring.bounded_questions import BoundedQuestions
from api.resources.resources import Resources
from api.schemas.health import CheckBody, ReadyBody
from store.catalogue import DatasetUnavailableError, check_data_folder
from store.database import code_of
from store.database_file import FileLost
from store.queue import count_messages
from store.schema import NEWEST_REVISION, read_revision
from store.tables import Worker
from store.workers import is_alive

_BROKER_SECONDS = 2
_REASONS = {
    "SQLITE_FULL": "no room is left",
    "SQLITE_IOERR": "the disk reports an error",
    "SQLITE_READONLY": "it is read-only",
    "SQLITE_CANTOPEN": "its file is missing or cannot be opened",
    "53100": "no room is left",
    "25006": "the server is read-only",
}
"""What the codes of SQLite and PostgreSQL that begin so mean."""

logger = logging.getLogger(__name__)


@dataclass
class _Found:
    database: CheckBody = field(default_factory=lambda: _failed("did not answer in time"))
    schema_revision: CheckBody = field(default_factory=lambda: _failed("unknown"))
    broker: CheckBody = field(default_factory=lambda: _failed("did not answer in time"))
    artifacts: CheckBody = field(default_factory=lambda: _failed("did not answer in time"))
    datasets: CheckBody = field(default_factory=lambda: _failed("did not answer in time"))
    workers: int | None = None


async def check_readiness(resources: Resources) -> ReadyBody:
    """Ask the database, the broker, the artifact store and the data folder, all at once.

    A job needs the broker only to start at once: it is stored without, and found by the recovery.
    It goes on without an artifact store, though not from where it was. Without the data folder
    there are still the sets that come with packages, and those that owners sent. So the service is
    degraded without any of these, but ready.
    """
    found = _Found()
    readiness = resources.readiness
    async with anyio.create_task_group() as tasks:
        for questions, check in (
            (readiness.database, _check_database),
            (readiness.broker, _check_broker),
            (readiness.artifacts, _check_artifacts),
            (readiness.datasets, _check_datasets),
        ):
            tasks.start_soon(_ask, questions, check, resources, found)
    usable = found.database.status == found.schema_revision.status == "ok"
    complete = found.broker.status == found.artifacts.status == found.datasets.status == "ok"
    return ReadyBody(
        status=("ready" if complete else "degraded") if usable else "unavailable", **vars(found)
    )


async def _ask(
    questions: BoundedQuestions,
    check: Callable[[Resources], dict[str, CheckBody | int | None]],
    resources: Resources,
    found: _Found,
) -> None:
    try:
        answers = await questions.ask(lambda: check(resources))
    except TimeoutError:
        logger.warning("%s did not answer in time", check.__name__)
        return
    for name, answer in answers.items():
        setattr(found, name, answer)


def _check_database(resources: Resources) -> dict[str, CheckBody | int | None]:
    alive = select(func.count(Worker.id)).where(is_alive(resources.settings.lease_seconds))
    try:
        with resources.database.read() as session:
            revision = read_revision(session)
            is_newest = revision == NEWEST_REVISION
            workers = session.scalar(alive) if is_newest else None
    except SQLAlchemyError as error:
        # The whole sentence names hosts, which is not for everyone who asks.
        logger.warning("the database does not answer: %s", error)
        return {"database": _failed(f"no answer: {_reason(error)}")}
    refusal = resources.database_watch.refusal() if is_newest else None
    if refusal is not None:
        logger.warning("the database takes no writes: %s", refusal)
    needed = f"at {revision}, but this version needs {NEWEST_REVISION}: run pdarts migrate"
    return {
        "database": _fine("answers") if refusal is None else _not_writable(refusal),
        "schema_revision": _fine(f"at {revision}") if is_newest else _failed(needed),
        "workers": workers,
    }


def _not_writable(refusal: SQLAlchemyError) -> CheckBody:
    return _failed(f"cannot be written: {_reason(refusal)}")


def _reason(error: SQLAlchemyError) -> str:
    """Return what went wrong, without names of hosts and files."""
    cause = getattr(error, "orig", None)
    if isinstance(cause, FileLost):
        return "its file was deleted or replaced; restart the service"
    code = code_of(error)
    known = (reason for start, reason in _REASONS.items() if code.startswith(start))
    return next(known, type(cause or error).__name__)


def _check_broker(resources: Resources) -> dict[str, CheckBody | int | None]:
    if count_messages(resources.celery, timeout_seconds=_BROKER_SECONDS) is not None:
        return {"broker": _fine("answers")}
    detail = "accepts no messages: jobs are stored, and start when the recovery finds them"
    return {"broker": _failed(detail)}


def _check_artifacts(resources: Resources) -> dict[str, CheckBody | int | None]:
    key = f"health/{socket.gethostname()}-{os.getpid()}"
    try:
        resources.artifacts.put(key, b"written and deleted by GET /readyz\n")
        resources.artifacts.delete(key)
    except OSError as error:
        logger.warning("the artifact store takes nothing: %s", error)
        reason = error.strerror or type(error).__name__
        return {"artifacts": _failed(f"cannot be written: {reason}")}
    return {"artifacts": _fine("can be written")}


def _check_datasets(resources: Resources) -> dict[str, CheckBody | int | None]:
    try:
        check_data_folder(resources.settings.data_dir)
    except DatasetUnavailableError as error:
        logger.warning("%s", error)
        return {"datasets": _failed(str(error))}
    return {"datasets": _fine("can be read")}


def _fine(detail: str) -> CheckBody:
    return CheckBody(status="ok", detail=detail)


def _failed(detail: str) -> CheckBody:
    return CheckBody(status="failed", detail=detail)
