"""Whether a network computes with kernels of our own."""

from importlib.util import find_spec
from typing import Protocol, runtime_checkable

import torch
from torch import nn


@runtime_checkable
class UsesKernels(Protocol):
    """A module that computes with kernels of our own, or in PyTorch."""

    uses_kernels: bool


def kernels_serve(device: torch.device) -> bool:
    """Tell whether there are kernels for a device: CUDA alone, and where Triton is installed."""
    return device.type == "cuda" and find_spec("triton") is not None


def uses_kernels(network: nn.Module) -> bool:
    """Tell whether any part of a network computes with kernels of our own."""
    return any(m.uses_kernels for m in network.modules() if isinstance(m, UsesKernels))


def use_kernels(network: nn.Module, *, wanted: bool) -> None:
    """Let a network compute with kernels of our own, or in PyTorch; parameters stay the same."""
    for module in network.modules():
        if isinstance(module, UsesKernels):
            module.uses_kernels = wanted
