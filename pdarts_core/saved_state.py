"""What every part of a checkpoint has in common: how it is copied, and how it is read back."""

from pydantic import ConfigDict
from torch import Tensor

STATE = ConfigDict(arbitrary_types_allowed=True, extra="forbid")
"""How what a checkpoint holds is read back: nothing unknown, and tensors where they belong."""


def saved(tensor: Tensor) -> Tensor:
    """Return a copy on the CPU, which stays as it is while the training goes on."""
    return tensor.detach().to("cpu", copy=True)
