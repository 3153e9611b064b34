"""Why a job that reads images failed, where its owner can do something about it."""

from store.catalogue import DatasetError
from store.states import ErrorCode
from worker.failures import Failure


class DatasetChanged(Exception):
    """The images are not those that the job began with."""


def failure_of_images(error: Exception) -> Failure | None:
    """Return what an exception means to the job's owner; None for a defect."""
    if isinstance(error, DatasetError):
        return Failure(code=ErrorCode.DATASET_UNAVAILABLE, message=str(error))
    if isinstance(error, DatasetChanged):
        return Failure(code=ErrorCode.DATASET_CHANGED, message=str(error))
    if isinstance(error, MemoryError):
        detail = f" ({error})" if str(error) else ""
        message = f"the worker's machine ran out of memory; send smaller images, or fewer{detail}"
        return Failure(code=ErrorCode.OUT_OF_MEMORY, message=message)
    return None
