"""Why a job failed, in terms that a client can act on."""

from dataclasses import dataclass

from store.states import ErrorCode


@dataclass(frozen=True, kw_only=True)
class Failure:
    """How a failed job appears to clients."""

    code: ErrorCode
    message: str


def defect(error: Exception) -> Failure:
    """Return the failure for an unexpected error."""
    return Failure(code=ErrorCode.INTERNAL, message=f"{type(error).__name__}: {error}")
