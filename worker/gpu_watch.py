"""How busy, full and hot a worker's GPUs are, as the driver's library (NVML) tells.

Reading them touches no CUDA, and runs in a thread of its own: a driver that hangs holds up nothing
else.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import psutil
import pynvml

from store.gpu_readings import FRESH_SECONDS, GpuReading, SlowedBy

_PREFIXES = ("GPU-", "MIG-")
"""Of what NVML names by an id: whole GPUs, and slices of one."""
_REASONS = {
    pynvml.nvmlClocksEventReasonSwThermalSlowdown: SlowedBy.HEAT,
    pynvml.nvmlClocksEventReasonHwThermalSlowdown: SlowedBy.HEAT,
    pynvml.nvmlClocksEventReasonHwPowerBrakeSlowdown: SlowedBy.POWER_BRAKE,
    pynvml.nvmlClocksEventReasonSwPowerCap: SlowedBy.POWER_LIMIT,
}

T = TypeVar("T")
logger = logging.getLogger(__name__)


class GpuWatch:
    """Reads the GPUs every few seconds, and keeps the last reading.

    Args:
        uuids: of the worker's GPUs; with none, nothing is ever read.
        every_seconds: how often.
        is_busy: tells whether the worker runs a job.
    """

    def __init__(
        self, uuids: Sequence[str], *, every_seconds: float, is_busy: Callable[[], bool]
    ) -> None:
        self._uuids = uuids
        self._every = every_seconds
        self._is_busy = is_busy
        self._stopping = threading.Event()
        self._latest: tuple[GpuReading, ...] = ()
        self._read_at = -FRESH_SECONDS

    def start(self) -> None:
        """Start reading."""
        if self._uuids:
            threading.Thread(target=self._run, name="gpu-watch", daemon=True).start()

    def stop(self) -> None:
        """Read no more."""
        self._stopping.set()

    def latest(self) -> tuple[GpuReading, ...]:
        """Return what was read last, or nothing if the driver has not answered for a while."""
        is_fresh = time.monotonic() - self._read_at < FRESH_SECONDS
        return self._latest if is_fresh else ()

    def _run(self) -> None:
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            logger.warning("cannot watch the GPUs: %s", error)
            return
        pause = 0.0
        while not self._stopping.wait(pause):
            self._latest = read_gpus(self._uuids, is_busy=self._is_busy())
            self._read_at = time.monotonic()
            pause = self._every
        with suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()


def read_gpus(uuids: Sequence[str], *, is_busy: bool) -> tuple[GpuReading, ...]:
    """Read each GPU that the driver still knows; NVML must have been initialised.

    Args:
        uuids: without `GPU-` or `MIG-` before them.
        is_busy: whether this worker runs a job.
    """
    own = _own_processes()
    return tuple(
        _read(handle, uuid, own, is_busy=is_busy)
        for uuid in uuids
        if (handle := _find(uuid)) is not None
    )


def _find(uuid: str) -> Any:
    for prefix in _PREFIXES:
        with suppress(pynvml.NVMLError):
            return pynvml.nvmlDeviceGetHandleByUUID(prefix + uuid)
    return None


def _read(handle: Any, uuid: str, own: frozenset[int], *, is_busy: bool) -> GpuReading:
    whole = _whole_gpu(handle)
    utilization = _told(lambda: pynvml.nvmlDeviceGetUtilizationRates(handle).gpu)
    memory = _told(lambda: pynvml.nvmlDeviceGetMemoryInfo(handle, version=pynvml.nvmlMemory_v2))
    used = None if memory is None else int(memory.used)
    reasons = _told(lambda: pynvml.nvmlDeviceGetCurrentClocksEventReasons(whole))
    return GpuReading(
        uuid=uuid,
        name=_told(lambda: str(pynvml.nvmlDeviceGetName(handle))) or "",
        utilization=None if utilization is None else utilization / 100,
        memory_used_bytes=used,
        memory_total_bytes=None if memory is None else int(memory.total),
        memory_of_others_bytes=_held_by_others(handle, used, own, is_busy=is_busy),
        temperature_celsius=_told(
            lambda: int(pynvml.nvmlDeviceGetTemperature(whole, pynvml.NVML_TEMPERATURE_GPU))
        ),
        slowed_by=slowed_by(reasons or 0),
    )


def slowed_by(reasons: int) -> tuple[SlowedBy, ...]:
    """Return why a GPU is slow, of NVML's bits; not that it is idle, or set to be slow."""
    found = {reason for bit, reason in _REASONS.items() if reasons & bit}
    # Where the hardware says more, this bit is set as well.
    if reasons & pynvml.nvmlClocksEventReasonHwSlowdown and not found - {SlowedBy.POWER_LIMIT}:
        found.add(SlowedBy.HARDWARE)
    return tuple(reason for reason in SlowedBy if reason in found)


def _held_by_others(
    handle: Any, used: int | None, own: frozenset[int], *, is_busy: bool
) -> int | None:
    """Return the memory that other processes hold; None if that cannot be told.

    In a container, the driver lists no process. All that is in use while this worker has no job is
    others'; while it has one, its own share is unknown.
    """
    processes = _told(lambda: list(_processes(handle))) or []
    if processes:
        held = [process.usedGpuMemory for process in processes if process.pid not in own]
        return None if None in held else sum(held)
    return None if is_busy else used


def _processes(handle: Any) -> Iterator[Any]:
    yield from pynvml.nvmlDeviceGetComputeRunningProcesses(handle)
    yield from pynvml.nvmlDeviceGetGraphicsRunningProcesses(handle)


def _own_processes() -> frozenset[int]:
    this = psutil.Process()
    return frozenset(process.pid for process in [this, *this.children(recursive=True)])


def _whole_gpu(handle: Any) -> Any:
    """Return the GPU that a slice is of; a GPU itself is its own."""
    with suppress(pynvml.NVMLError):
        return pynvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(handle)
    return handle


def _told(ask: Callable[[], T]) -> T | None:
    """Return an answer, or None where the driver has none for this GPU."""
    with suppress(pynvml.NVMLError):
        return ask()
    return None
