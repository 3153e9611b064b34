"""Why a search failed, in terms that a client can act on."""

from dataclasses import dataclass

from pdarts_core.training.failures import Diverged, is_out_of_memory
from store.catalogue import DatasetError
from store.states import ErrorCode


@dataclass(frozen=True, kw_only=True)
class Failure:
    """How a failed search is shown."""

    code: ErrorCode
    message: str


def failure_of(error: Exception) -> Failure:
    """Tell what an exception means to the search's owner."""
    if is_out_of_memory(error):
        message = (
            "the device's memory ran out; a smaller batch_size or init_channels, fewer layers"
            f" or smaller images need less ({error})"
        )
        return Failure(code=ErrorCode.OUT_OF_MEMORY, message=message)
    if isinstance(error, DatasetError):
        return Failure(code=ErrorCode.DATASET_UNAVAILABLE, message=str(error))
    if isinstance(error, Diverged):
        message = f"{error}; a lower learning_rate may help"
        return Failure(code=ErrorCode.DIVERGED, message=message)
    return Failure(code=ErrorCode.INTERNAL, message=f"{type(error).__name__}: {error}")
