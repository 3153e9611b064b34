"""How kernels are launched: on the device of what they read, and with failures that are told."""

from contextlib import nullcontext
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

_PROGRAMS = "pdarts_core.kernels.programs"


class KernelFailed(RuntimeError):
    """A kernel of our own could not be compiled or launched."""


def launch(name: str, grid: tuple[int, ...], *arguments: Any, **constants: Any) -> None:
    """Launch a kernel.

    Args:
        name: its module in `programs` and its own, as "module.kernel".
        grid: how many programs there are, along up to three axes.
        arguments: the first is a tensor; all others are on its device.
        constants: what it is compiled for.

    Raises:
        KernelFailed: Triton or the driver refuse it.
    """
    of: Tensor = arguments[0]
    try:
        program = program_of(name)
        with torch.cuda.device(of.device) if of.is_cuda else nullcontext():
            program[grid](*arguments, **constants)
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        # Compilers, drivers and a missing C compiler all have errors of their own.
        raise KernelFailed(f"{name}: {type(error).__name__}: {error}") from error


def program_of(name: str) -> Any:
    """Return a kernel as Triton has it; by "module.kernel", which loads Triton."""
    module, _, kernel = name.partition(".")
    return getattr(import_module(f"{_PROGRAMS}.{module}"), kernel)


def at_least_16(size: int, most: int) -> int:
    """Return the side of a block for so many channels: a power of 2 that matrix units can take."""
    return max(16, min(most, 1 << (size - 1).bit_length()))


INTERPRETED_PIXELS = 1024
"""Of a block where kernels are interpreted: there, each program costs, whatever its size."""


def block_of_pixels(rows: Tensor, usual: int) -> int:
    """Return how many pixels of [P, …] a program takes at a time."""
    return block_of(rows, len(rows), usual)


def block_of(tensor: Tensor, size: int, usual: int) -> int:
    """Return how many of so many things on a tensor's device a program takes at a time."""
    return usual if tensor.is_cuda else at_least_16(size, INTERPRETED_PIXELS)


def rows_of(y: Tensor) -> Tensor:
    """View images [N, C, H, W] as pixels [N·H·W, C], whose channels lie one beside the other.

    They are copied where channels do not come last in memory.
    """
    images, channels, height, width = y.shape
    rows = y.permute(0, 2, 3, 1).reshape(images * height * width, channels)
    return rows if rows.stride(1) == 1 else rows.contiguous()
