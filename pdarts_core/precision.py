"""The numbers that a network computes with."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import torch

from pdarts_core.config import Precision

_FLOAT32_MODES = {"auto": "ieee", "float32": "ieee", "tf32": "tf32", "bf16": "ieee"}


@contextmanager
def computing_in(precision: Precision, device: torch.device) -> Iterator[None]:
    """Compute convolutions and matrix products in a precision, on CUDA and elsewhere.

    `auto` is full float32 everywhere: alphas differ by little at the start, and so does what
    coarser numbers do to their gradients. `tf32` rounds the factors of products on CUDA devices
    that can, and is float32 elsewhere. `bf16` is autocast, with weights kept in float32.
    """
    cudnn: ModuleType = torch.backends.cudnn  # its attributes are unknown to type checkers
    convolution, product = cudnn.conv, torch.backends.cuda.matmul
    before = convolution.fp32_precision, product.fp32_precision
    convolution.fp32_precision = product.fp32_precision = _FLOAT32_MODES[precision]
    try:
        with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
            yield
    finally:
        convolution.fp32_precision, product.fp32_precision = before
