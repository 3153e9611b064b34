"""What errors say about the status of a job."""

from collections.abc import Mapping

from store.kinds import Kind
from store.states import Status

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
