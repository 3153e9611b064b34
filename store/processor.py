"""The processor of this machine."""

import platform
from pathlib import Path


def processor_name() -> str:
    """Return what its maker calls it or, where the system does not tell, its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
