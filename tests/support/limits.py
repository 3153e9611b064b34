"""Limits that the kernel enforces on a worker's searches; tests' workers import this first.

They are set in the processes that are forked for searches, not in the one that forks.
"""

import os
import resource
from pathlib import Path

MODULE = __name__
_FILE_VARIABLE = "TEST_LARGEST_FILE"
_MEMORY_VARIABLE = "TEST_MORE_MEMORY"


def largest_file(size: int) -> dict[str, str]:
    """Return the variable that keeps files below this many bytes."""
    return {_FILE_VARIABLE: str(size)}


def more_memory(size: int) -> dict[str, str]:
    """Return the variable that allows this many bytes of address space beyond those forked."""
    return {_MEMORY_VARIABLE: str(size)}


def taken_memory() -> int:
    """Return the bytes of address space that this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _limit(kind: int, size: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (size, hard))


def _set_all() -> None:
    if _FILE_VARIABLE in os.environ:
        _limit(resource.RLIMIT_FSIZE, int(os.environ[_FILE_VARIABLE]))
    if _MEMORY_VARIABLE in os.environ:
        _limit(resource.RLIMIT_AS, taken_memory() + int(os.environ[_MEMORY_VARIABLE]))


os.register_at_fork(after_in_child=_set_all)
