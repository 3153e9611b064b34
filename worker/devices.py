"""Which device a worker has, and how it is used."""

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import joblib
import torch

_PROBE_SECONDS = 20
_MEBIBYTE = 2**20


@dataclass(frozen=True, kw_only=True)
class DeviceDescription:
    """A device, as clients are shown it."""

    kind: str
    """cuda or cpu."""
    name: str
    memory_bytes: int


def describe_device() -> DeviceDescription:
    """Describe the device without initialising CUDA, which no process may do that forks."""
    return _describe_gpu() or _describe_cpu()


def choose_device(wanted: str) -> torch.device:
    """Return the device for a spec's `device`; initialises CUDA where it is there.

    Args:
        wanted: auto, cpu or cuda.

    Raises:
        RuntimeError: CUDA is wanted, and is not there.
    """
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    elif wanted == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("the search asks for CUDA, and this worker has none")
    return torch.device(wanted)


def bound_threads() -> None:
    """Let torch use no more threads than there are processors for this process.

    A container's quota is counted. OMP_NUM_THREADS, where set, has bounded torch already: whoever
    starts several workers on one machine sets it, and keeps it, since the number of threads
    decides in which order a CPU adds up, and so the last bits of a result.
    """
    torch.set_num_threads(min(torch.get_num_threads(), joblib.cpu_count()))


def _describe_gpu() -> DeviceDescription | None:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0].strip()
    program = shutil.which("nvidia-smi")
    if torch.version.cuda is None or program is None or visible in {"", "-1"}:
        return None
    query = [program, f"--id={visible}", "--query-gpu=name,memory.total"]
    try:
        answer = subprocess.run(  # noqa: S603  a fixed program, found on the PATH
            [*query, "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            check=True,
            timeout=_PROBE_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    name, _, mebibytes = answer.stdout.strip().partition("\n")[0].rpartition(",")
    return DeviceDescription(
        kind="cuda", name=name.strip(), memory_bytes=int(mebibytes) * _MEBIBYTE
    )


def _describe_cpu() -> DeviceDescription:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return DeviceDescription(kind="cpu", name=_cpu_name(), memory_bytes=memory)


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
