"""The time and memory that training takes."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch


class Stopwatch:
    """Adds up the seconds of what is done while it runs."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time of the block; what it raises is not counted."""
        begin = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - begin

    def take(self) -> float:
        """Return the seconds and start over."""
        seconds, self.seconds = self.seconds, 0.0
        return seconds


def wait_for_device(device: torch.device) -> None:
    """Return when all that was asked of the device is done, so that its time is not another's."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def give_memory_back(device: torch.device) -> None:
    """Return to the device what no tensor uses any more, the memory of dropped recordings too."""
    if device.type == "cuda":
        gc.collect()
        torch.cuda.empty_cache()


def peak_memory(device: torch.device) -> int | None:
    """Return the most bytes that were in use; None where nobody counts them."""
    if device.type != "cuda":
        return None
    return torch.cuda.max_memory_allocated(device)
