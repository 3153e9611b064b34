"""Where kernels of our own are tried: on a GPU, or interpreted where there is none."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
FINEST = torch.float32 if DEVICE.type == "cuda" else torch.float64
"""float64 is only interpreted: nothing that runs on a GPU needs it."""
_ALSO = pytest.param(torch.float32, marks=pytest.mark.slow)
NUMBERS = pytest.mark.parametrize(
    "dtype", [FINEST, *([] if torch.float32 == FINEST else [_ALSO])], ids=str
)


class Noise:
    """Draws the same numbers each time."""

    def __init__(self, dtype: torch.dtype, seed: int = 0) -> None:
        self._dtype = dtype
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self, *shape: int) -> Tensor:
        drawn = torch.randn(*shape, dtype=torch.float64, generator=self._generator)
        return drawn.to(DEVICE, self._dtype)


class Twin:
    """A process of two that have the same images."""

    rank = 0
    size = 2

    def add_up(self, tensor: Tensor) -> None:
        tensor.mul_(2)


def assert_near(found: Any, expected: Any, dtype: torch.dtype) -> None:
    """Compare tensors, or sequences of them, as closely as sums in such numbers allow."""
    relative, absolute = (1e-4, 1e-4) if dtype == torch.float32 else (0.0, 1e-12)
    torch.testing.assert_close(found, expected, rtol=relative, atol=absolute)


def gradients(outputs: Sequence[Tensor], inputs: Sequence[Tensor], seed: int = 1) -> list[Tensor]:
    """Return the gradients of inputs for the same gradients of outputs each time.

    Those of inputs that no output depends on are 0.
    """
    noise = Noise(outputs[0].dtype, seed)
    of_outputs = [noise(*y.shape) for y in outputs]
    return list(torch.autograd.grad(outputs, inputs, of_outputs, materialize_grads=True))
