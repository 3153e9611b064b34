"""What clients see and change of a job of any kind."""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, JsonValue

from api.http.bodies import WHOLE, Body, Input, described
from store.job_spec import JobSpec, rules_of
from store.lifecycle import status_of
from store.metadata import check_metadata
from store.runs import runs_of
from store.states import ErrorCode, Status
from store.tables import Job

_Priority = Annotated[int, Field(**rules_of("priority")), WHOLE]
_Name = Annotated[str, Field(**rules_of("name"))]
_Metadata = Annotated[dict[str, JsonValue], AfterValidator(check_metadata)]


class JobBody(Body):
    """A job as its kind shows it; each has more than this."""

    id: str
    status: Status = described("Its status")
    attempt: int = described("How many times a worker picked it up")
    attempts: int = described(
        "How many times it was started: like `attempt`, but continuing after a pause, or after its "
        "worker was stopped or drained, does not count"
    )
    running_seconds: float | None = described(
        "How long workers ran it, without pauses and waiting; null while one runs it, and before "
        "the first does"
    )
    worker: str | None = described("The worker that is running it")
    created_at: datetime = described("When it was submitted")
    started_at: datetime | None = described("When a worker first picked it up")
    finished_at: datetime | None = described("When it ended")
    dataset_digest: str | None = described(
        "Digest of the data set's images when it was submitted (shared folders: when the job first "
        "loaded them): the `digest` of GET /datasets/{name}. Null if it was not known, and for "
        "built-in data sets"
    )
    images_skipped: int | None = described(
        "How many of its images were left out because they cannot be used; null "
        "until they are loaded, and unless its spec has `skip_invalid`"
    )


class JobErrorBody(Body):
    """Why a job failed."""

    code: ErrorCode = described("For programs")
    message: str = described("For people")


def shared_values(job: Job) -> dict[str, Any]:
    """Return what bodies of all kinds tell of a job, by the names of their fields."""
    runs = runs_of(job)
    return {
        "id": job.id,
        "dataset_digest": job.dataset_digest,
        "images_skipped": job.images_skipped,
        "status": status_of(job),
        "attempt": job.attempt,
        "attempts": runs.attempts,
        "running_seconds": runs.seconds,
        "worker": job.lease_owner,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }


UrlsT = TypeVar("UrlsT", bound=Body)


def urls_below(path: str, urls: type[UrlsT]) -> UrlsT:
    """Return a job's own address, as `self`, and those below it, named as their fields are."""
    parts = (name for name in urls.model_fields if name != "self")
    return urls(self=path, **{name: f"{path}/{name}" for name in parts})


def job_error(job: Job) -> JobErrorBody | None:
    """Return why a job failed; None if it did not."""
    if job.error_code is None:
        return None
    return JobErrorBody(code=job.error_code, message=job.error_message or "")


class JobPatch(Input):
    """What you can change about a job: a JSON merge patch (RFC 7396); null removes a value."""

    name: _Name | None = described("A name for people", default=None)
    metadata: _Metadata | None = described(
        "Merged into the metadata, member by member; null removes a member",
        default=None,
    )
    priority: _Priority | None = described(
        f"Higher runs first; null: {JobSpec.priority}. Only until it has ended",
        default=None,
    )
