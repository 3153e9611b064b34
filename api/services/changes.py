"""What a job's owner may change after it was submitted."""

from typing import Any

from pydantic import JsonValue
from sqlalchemy.orm import Session

from api.http.conditional import check_precondition
from api.http.errors import InvalidRequest, NotPrioritizable
from api.resources.security import Caller
from api.schemas.jobs import JobPatch
from api.services.jobs import find
from api.services.status_words import describe_status
from store.history import NewEvent, change_job
from store.job_spec import JobSpec
from store.kinds import Kind
from store.lifecycle import hold, status_of, without_wait
from store.metadata import check_metadata
from store.tables import Job


def change(
    session: Session,
    caller: Caller,
    kind: Kind,
    job_id: str,
    patch: JobPatch,
    if_match: str | None,
) -> None:
    """Change a job's name, metadata or priority; equal values are not a change.

    A job that waits before it is tried again need not wait once its priority has changed.

    Raises:
        NotFound: the caller has no such job.
        PreconditionFailed: it is no longer as If-Match says.
        NotPrioritizable: it has ended.
        InvalidRequest: its metadata would grow too large.
    """
    # Held until the commit: a worker's news cannot come between the look and the change.
    hold(session, job_id)
    job = find(session, caller, kind, job_id)
    check_precondition(if_match, job.version)
    changed = _changes(job, patch)
    if not changed:
        return
    if "priority" in changed and job.state.is_final:
        raise NotPrioritizable(describe_status(status_of(job), kind))
    event = NewEvent(
        type="changed",
        message=f"{' and '.join(changed)} changed by its owner",
        data={"fields": list(changed)},
    )
    columns: dict[str, Any] = {
        "name": changed.get("name", job.name),
        "labels": changed.get("metadata", job.labels),
        "priority": changed.get("priority", job.priority),
        "spec": job.spec | changed,
    }
    if "priority" in changed:
        columns |= without_wait()
    change_job(session, job_id, event=event, **columns)


def merge(document: dict[str, JsonValue], patch: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the document with a merge patch applied (RFC 7396): null removes a member."""
    merged = dict(document)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            earlier = merged.get(name)
            merged[name] = merge(earlier if isinstance(earlier, dict) else {}, value)
        else:
            merged[name] = value
    return merged


def _changes(job: Job, patch: JobPatch) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    if "name" in patch.model_fields_set:
        wanted["name"] = patch.name
    if "priority" in patch.model_fields_set:
        wanted["priority"] = JobSpec.priority if patch.priority is None else patch.priority
    if "metadata" in patch.model_fields_set:
        metadata = {} if patch.metadata is None else merge(job.labels, patch.metadata)
        try:
            wanted["metadata"] = check_metadata(metadata)
        except ValueError as error:
            raise InvalidRequest.at(["metadata"], str(error)) from error
    now = {"name": job.name, "metadata": job.labels, "priority": job.priority}
    return {name: value for name, value in wanted.items() if not _is_same(value, now[name])}


def _is_same(one: JsonValue, other: JsonValue) -> bool:
    """Compare as in JSON, where true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return one == other and isinstance(one, bool) is isinstance(other, bool)
