"""The driver's library for GPUs, played: no machine that runs these tests has one.

What it plays are the functions of `pynvml` that a worker calls, with NVML's own errors.
"""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest


@dataclass
class PlayedGpu:
    """A GPU that tells what a test set; None is what its driver does not support."""

    uuid: str
    name: str = "NVIDIA H200"
    utilization: int | None = 72
    used: int | None = 30 * 2**30
    total: int = 141 * 2**30
    temperature: int | None = 61
    reasons: int | None = 0
    processes: dict[int, int | None] = field(default_factory=dict)
    """How much memory each holds, by its id."""
    whole: "PlayedGpu | None" = None
    """The GPU that this is a slice of."""


class PlayedNvml:
    """NVML with these GPUs.

    Args:
        gpus: there are; they may change.
        is_there: whether this machine has the library.
    """

    def __init__(self, *gpus: PlayedGpu, is_there: bool = True) -> None:
        self.gpus = gpus
        self.is_there = is_there

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put it in the library's place."""
        for name, function in {
            "nvmlInit": self._init,
            "nvmlShutdown": lambda: None,
            "nvmlDeviceGetHandleByUUID": self._find,
            "nvmlDeviceGetDeviceHandleFromMigDeviceHandle": lambda gpu: _told(gpu.whole),
            "nvmlDeviceGetName": lambda gpu: gpu.name,
            "nvmlDeviceGetUtilizationRates": lambda gpu: _rates(_told(gpu.utilization)),
            "nvmlDeviceGetMemoryInfo": _memory,
            "nvmlDeviceGetTemperature": lambda gpu, _sensor: _told(gpu.temperature),
            "nvmlDeviceGetCurrentClocksEventReasons": lambda gpu: _told(gpu.reasons),
            "nvmlDeviceGetComputeRunningProcesses": _processes,
            "nvmlDeviceGetGraphicsRunningProcesses": lambda _gpu: [],
        }.items():
            monkeypatch.setattr(pynvml, name, function)

    def _init(self) -> None:
        if not self.is_there:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)

    def _find(self, uuid: str) -> PlayedGpu:
        for gpu in self.gpus:
            if uuid == gpu.uuid:
                return gpu
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)


def _told(value: Any) -> Any:
    if value is None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
    return value


def _rates(utilization: int) -> SimpleNamespace:
    return SimpleNamespace(gpu=utilization, memory=utilization // 2)


def _memory(gpu: PlayedGpu, version: int) -> SimpleNamespace:
    assert version == pynvml.nvmlMemory_v2, "the first version counts the driver's own reserve"
    return SimpleNamespace(used=_told(gpu.used), total=gpu.total)


def _processes(gpu: PlayedGpu) -> list[SimpleNamespace]:
    return [SimpleNamespace(pid=pid, usedGpuMemory=held) for pid, held in gpu.processes.items()]
