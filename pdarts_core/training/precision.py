"""The numbers that a network computes with.

`auto` is full float32 everywhere: alphas differ by little at the start, and so does what coarser
numbers do to their gradients. `tf32` rounds the factors of products on CUDA devices that can, and
is float32 elsewhere. `bf16` is autocast, with weights kept in float32.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import torch

from pdarts_core.config_fields import Precision


@contextmanager
def products_in(precision: Precision) -> Iterator[None]:
    """Inside the block, round the factors of convolutions and products on CUDA, or do not."""
    cudnn: ModuleType = torch.backends.cudnn  # its attributes are unknown to type checkers
    convolution, product = cudnn.conv, torch.backends.cuda.matmul
    before = convolution.fp32_precision, product.fp32_precision
    convolution.fp32_precision = product.fp32_precision = "tf32" if precision == "tf32" else "ieee"
    try:
        yield
    finally:
        convolution.fp32_precision, product.fp32_precision = before


def autocast_in(precision: Precision, device: torch.device) -> torch.autocast:
    """Return the context of a forward pass; its backward pass belongs outside."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")
