"""Which device a worker has, and how it is used."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import joblib
import torch

from store.processor import processor_name

_DRIVERS = ("/dev/nvidiactl", "/dev/dxg")
"""Files that exist if there is a driver for NVIDIA's GPUs: on Linux, and on Linux in Windows."""
_PROBE = (
    "import torch; n = torch.cuda.device_count();"
    " devices = [torch.cuda.get_device_properties(i) for i in range(n)];"
    " uuids = ','.join(str(device.uuid) for device in devices);"
    " print(n, devices[0].total_memory, uuids, devices[0].name)"
)
_PROBE_SECONDS = 60

logger = logging.getLogger(__name__)


class DeviceUnavailable(Exception):
    """A job needs a device that this worker does not have."""


@dataclass(frozen=True, kw_only=True)
class DeviceDescription:
    """A device, as clients see it."""

    kind: str
    """cuda or cpu."""
    name: str
    memory_bytes: int
    count: int = 1
    """How many like it the worker offers to one job."""
    uuids: tuple[str, ...] = ()
    """What the driver calls these GPUs."""


def describe_device(most: int = 1) -> DeviceDescription:
    """Describe the device that torch uses first, and how many like it are offered to one job.

    This asks a separate process, since CUDA must not be initialised in one that forks.

    Args:
        most: how many GPUs, or processes on a CPU, a job may have.
    """
    return _describe_gpu(most) or _describe_cpu(most)


def choose_device(wanted: str) -> torch.device:
    """Return the device for a spec's `device`; initialises CUDA if there is any.

    Args:
        wanted: auto, cpu or cuda.

    Raises:
        DeviceUnavailable: CUDA is wanted, but there is none.
    """
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    elif wanted == "cuda" and not torch.cuda.is_available():
        raise DeviceUnavailable(
            "the job needs a GPU, and this worker has none that can be used; retry it once the "
            "worker's GPU is back, or submit it with device: auto"
        )
    return torch.device(wanted)


def offered_devices(most: int) -> int:
    """Return how many devices this process can offer to one job; initialises CUDA if there is any.

    Args:
        most: how many GPUs, or processes on a CPU, a job may have.
    """
    return min(most, torch.cuda.device_count()) if torch.cuda.is_available() else most


def bound_threads() -> None:
    """Let torch use no more threads than this process has processors.

    A container's quota counts. OMP_NUM_THREADS, if set, already limits torch: set it to run several
    workers on one machine, and keep it the same, since the number of threads decides the order in
    which a CPU adds up, and so the last bits of a result.
    """
    torch.set_num_threads(min(torch.get_num_threads(), joblib.cpu_count()))


@contextmanager
def at_most_threads(most: int) -> Iterator[None]:
    """Let torch use no more threads than this in the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(min(before, most))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _describe_gpu(most: int) -> DeviceDescription | None:
    if torch.version.cuda is None or not any(map(os.path.exists, _DRIVERS)):
        return None
    try:
        answer = subprocess.run(  # noqa: S603  fixed arguments
            [sys.executable, "-c", _PROBE],
            capture_output=True,
            text=True,
            check=True,
            timeout=_PROBE_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        logger.warning("cannot use the GPU: %s", error)
        return None
    found, memory, uuids, name = answer.stdout.strip().split(maxsplit=3)
    count = min(int(found), most)
    return DeviceDescription(
        kind="cuda",
        name=name,
        memory_bytes=int(memory),
        count=count,
        uuids=tuple(uuids.split(",")[:count]),
    )


def _describe_cpu(most: int) -> DeviceDescription:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return DeviceDescription(kind="cpu", name=processor_name(), memory_bytes=memory, count=most)
