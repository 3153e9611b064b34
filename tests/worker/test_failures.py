"""The reason that a client reads when a search has failed."""

import pytest
import torch

from pdarts_core.training.failures import Diverged
from store.catalogue import DatasetUnavailableError
from store.states import ErrorCode
from worker.devices import DeviceUnavailable
from worker.failures import Failure, defect
from worker.kinds.failures import failure_of
from worker.kinds.image_failures import failure_of_images


def told(error: Exception) -> Failure:
    """What an attempt tells the owner of its search."""
    return failure_of(error) or defect(error)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"), ErrorCode.OUT_OF_MEMORY),
        (DatasetUnavailableError("no network"), ErrorCode.DATASET_UNAVAILABLE),
        (DeviceUnavailable("no GPU"), ErrorCode.DEVICE_UNAVAILABLE),
        (Diverged(stage=1, epoch=2), ErrorCode.DIVERGED),
        (RuntimeError("shapes do not fit"), ErrorCode.INTERNAL),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_every_cause_has_its_code(error: Exception, code: ErrorCode) -> None:
    assert told(error).code is code


def test_a_data_sets_own_sentence_is_passed_on() -> None:
    assert told(DatasetUnavailableError("no network")).message == "no network"


@pytest.mark.parametrize(("error", "end"), [(MemoryError(), "fewer"), (MemoryError("x"), "(x)")])
def test_too_many_images_for_a_check_are_told_with_advice(error: MemoryError, end: str) -> None:
    failure = failure_of_images(error)
    assert failure is not None
    assert failure.code is ErrorCode.OUT_OF_MEMORY
    assert failure.message.endswith(end)


def test_divergence_is_told_with_its_place() -> None:
    assert "epoch 2 of stage 1" in told(Diverged(stage=1, epoch=2)).message


def test_a_defect_is_named() -> None:
    assert told(KeyError("stages")).message == "KeyError: 'stages'"
