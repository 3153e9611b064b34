"""The processor time of a process and of all that it started, as the kernel counts it."""

from contextlib import suppress

import psutil


def processor_seconds(root: int) -> float:
    """Return the processor time of a process and of all that it started, ended ones included."""
    process = psutil.Process(root)
    used = 0.0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            used += times.user + times.system + times.children_user + times.children_system
    return used
