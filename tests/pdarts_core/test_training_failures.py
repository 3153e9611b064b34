"""How running out of memory is told from other errors."""

import pytest
import torch

from pdarts_core.training.failures import is_out_of_memory


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
        (MemoryError(), True),
        (RuntimeError("shapes do not fit"), False),
        (ValueError("out of memory of something else"), False),
    ],
    ids=lambda value: None if isinstance(value, bool) else f"{type(value).__name__}: {value}"[:40],
)
def test_it_is_known_by_type_or_by_what_torch_says(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected
