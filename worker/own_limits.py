"""What a program that reads files of strangers allows itself."""

import contextlib
import resource
import signal
from pathlib import Path


def limit_process(
    *, cpu_seconds: int, seconds: int, memory_bytes: int, file_bytes: int = 0
) -> None:
    """Bound what this process may use beyond what it has used to start.

    Args:
        cpu_seconds: of processor time.
        seconds: until it is ended, whatever it does.
        memory_bytes: of address space.
        file_bytes: the largest file that it may write.
    """
    signal.alarm(seconds)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used_seconds = int(usage.ru_utime + usage.ru_stime) + 1
    _lower(resource.RLIMIT_CPU, used_seconds + cpu_seconds)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, file_bytes)
    with contextlib.suppress(FileNotFoundError):  # where the kernel keeps no such limit anyway
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + memory_bytes)


def _lower(limit: int, to: int) -> None:
    _, most = resource.getrlimit(limit)
    value = to if most == resource.RLIM_INFINITY else min(to, most)
    resource.setrlimit(limit, (value, value))
