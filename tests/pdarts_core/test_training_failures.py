"""How running out of memory is told from other errors."""

import pytest
import torch

from pdarts_core.training.failures import ends_recording, is_out_of_memory


def raised_by_too_large_a_tensor() -> RuntimeError:
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**60)
    return raised.value


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (raised_by_too_large_a_tensor(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"), True),
        (RuntimeError("CUDA error: out of memory"), True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), True),
        (RuntimeError("GET was unable to find an engine to execute this computation"), True),
        (MemoryError(), True),
        (RuntimeError("shapes do not fit"), False),
        (ValueError("out of memory of something else"), False),
    ],
    ids=lambda value: None if isinstance(value, bool) else f"{type(value).__name__}: {value}"[:40],
)
def test_it_is_known_by_type_or_by_what_torch_says(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected


def raised_while_recording(why: Exception) -> RuntimeError:
    """Return what leaves a recording that an error ends: torch raises its own at the end."""
    error = RuntimeError("CUDA error: operation failed due to a previous error during capture")
    error.__context__ = why
    return error


def test_a_recording_that_memory_ends_is_out_of_memory() -> None:
    assert is_out_of_memory(raised_while_recording(torch.OutOfMemoryError("CUDA out of memory")))


def test_a_recording_that_ends_otherwise_is_not() -> None:
    error = raised_while_recording(RuntimeError("operation not permitted"))
    assert ends_recording(error)
    assert not is_out_of_memory(error)


def test_an_error_while_memory_runs_out_is_still_that_error() -> None:
    error = RuntimeError("the connection is lost")
    error.__context__ = MemoryError()
    assert not is_out_of_memory(error)
