"""The hardware that was measured, for people."""

import os
from typing import TYPE_CHECKING

from store.processor import processor_name
from store.wording import number_of

if TYPE_CHECKING:
    import torch


def describe(device: "torch.device") -> str:
    """Name a device: a GPU, or a processor and the threads that torch uses of it."""
    import torch  # noqa: PLC0415  other benchmarks do without

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"{processor_name()}, {number_of(threads, 'thread')}"


def describe_machine() -> str:
    """Name the processor, and the number of cores that a program may use."""
    return f"{processor_name()}, {number_of(len(os.sched_getaffinity(0)), 'core')}"
