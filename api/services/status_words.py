"""What errors say about the status of a job."""

from collections.abc import Mapping

from store.kinds import Kind
from store.states import JobState, Status
from store.tables import Job

_WORDS: Mapping[Status, str] = {
    Status.QUEUED: "is still waiting for a worker",
    Status.RUNNING: "is running",
    Status.PAUSING: "is being paused",
    Status.PAUSED: "is paused",
    Status.CANCELLING: "is being cancelled",
    Status.CANCELLED: "was cancelled",
    Status.SUCCEEDED: "has already finished",
    Status.FAILED: "has failed",
}


def describe_status(status: Status, kind: Kind) -> str:
    """Return a sentence about a job with this status."""
    return f"the {kind.noun} {_WORDS[status]}"


def hint_to_retry(job: Job) -> str:
    """Return what can be done about a job that has failed, to end a sentence with."""
    return "; retry it" if job.state is JobState.FAILED else ""
