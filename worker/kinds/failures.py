"""Why a job that trains a network failed, where its owner can do something about it."""

from pdarts_core.interop import PublishedWeightsError
from pdarts_core.recipe.test_set import TestSetMismatch
from pdarts_core.training.failures import Diverged, is_out_of_memory
from store.states import ErrorCode
from worker.devices import DeviceUnavailable
from worker.failures import Failure
from worker.kinds.image_failures import failure_of_images


class WeightsUnavailable(Exception):
    """The weights that a network is to begin with are gone, or are not what was sent."""


def failure_of(error: Exception) -> Failure | None:
    """Return what an exception means to the job's owner; None for a defect."""
    if is_out_of_memory(error):
        message = (
            "the device ran out of memory; try a smaller batch_size or init_channels, fewer layers"
            f" or smaller images ({error})"
        )
        return Failure(code=ErrorCode.OUT_OF_MEMORY, message=message)
    if isinstance(error, DeviceUnavailable):
        return Failure(code=ErrorCode.DEVICE_UNAVAILABLE, message=str(error))
    if isinstance(error, TestSetMismatch):
        return Failure(code=ErrorCode.DATASET_UNAVAILABLE, message=str(error))
    if isinstance(error, WeightsUnavailable | PublishedWeightsError):
        return Failure(code=ErrorCode.WEIGHTS_UNAVAILABLE, message=str(error))
    if isinstance(error, Diverged):
        message = f"{error}; try a lower learning_rate"
        return Failure(code=ErrorCode.DIVERGED, message=message)
    return failure_of_images(error)
