"""A precision holds where it is asked for and nowhere else."""

from types import ModuleType

import pytest
import torch

from pdarts_core.config_fields import Precision
from pdarts_core.training.precision import autocast_in, products_in

CPU = torch.device("cpu")
CUDNN: ModuleType = torch.backends.cudnn


def modes() -> tuple[str, str]:
    return CUDNN.conv.fp32_precision, torch.backends.cuda.matmul.fp32_precision


@pytest.mark.parametrize(
    ("precision", "mode"),
    [("auto", "ieee"), ("float32", "ieee"), ("tf32", "tf32"), ("bf16", "ieee")],
)
def test_factors_on_cuda_are_rounded_only_for_tf32(precision: Precision, mode: str) -> None:
    with products_in(precision):
        assert modes() == (mode, mode)


@pytest.mark.parametrize(
    ("precision", "dtype"),
    [("auto", torch.float32), ("tf32", torch.float32), ("bf16", torch.bfloat16)],
)
def test_products_are_computed_in_bfloat16_only_for_bf16(
    precision: Precision, dtype: torch.dtype
) -> None:
    with autocast_in(precision, CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype


def test_the_settings_of_the_process_come_back() -> None:
    before = modes()
    with pytest.raises(ZeroDivisionError), products_in("tf32"):
        raise ZeroDivisionError
    assert modes() == before
