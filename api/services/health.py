"""Whether the service can do its work."""

from sqlalchemy.exc import SQLAlchemyError

from api.resources import Resources
from api.schemas.health import CheckBody, ReadyBody
from store.queue import broker_answers
from store.schema import NEWEST_REVISION, read_revision

_BROKER_SECONDS = 2


def check_readiness(resources: Resources) -> ReadyBody:
    """Ask the database and the broker.

    A search needs the broker only to start at once: it is stored without, and found by the
    recovery. So a broker that is down leaves the service degraded, but ready.
    """
    database, revision = _check_database(resources)
    broker = _check_broker(resources)
    usable = database.status == revision.status == "ok"
    return ReadyBody(
        status=("ready" if broker.status == "ok" else "degraded") if usable else "unavailable",
        database=database,
        schema_revision=revision,
        broker=broker,
    )


def _check_database(resources: Resources) -> tuple[CheckBody, CheckBody]:
    try:
        with resources.database.read() as session:
            revision = read_revision(session)
    except SQLAlchemyError as error:
        unknown = CheckBody(status="failed", detail="not known")
        return CheckBody(status="failed", detail=f"no answer: {type(error).__name__}"), unknown
    answers = CheckBody(status="ok", detail="answers")
    if revision == NEWEST_REVISION:
        return answers, CheckBody(status="ok", detail=f"at {revision}")
    detail = f"at {revision}, but this version needs {NEWEST_REVISION}: run the migrations"
    return answers, CheckBody(status="failed", detail=detail)


def _check_broker(resources: Resources) -> CheckBody:
    if broker_answers(resources.celery, timeout_seconds=_BROKER_SECONDS):
        return CheckBody(status="ok", detail="answers")
    detail = "no answer: searches are stored, and start when the recovery finds them"
    return CheckBody(status="failed", detail=detail)
