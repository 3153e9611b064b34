"""Work on many files by threads, in bounded memory: not all of it is handed out at once."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from joblib import cpu_count

P = TypeVar("P")
R = TypeVar("R")

_MOST_THREADS = 16
_BYTES_A_THREAD = 3_500
"""Threads that decode smaller files mostly wait for each other: two are slower than one."""
_SAMPLE = 64
"""Files whose size is looked at."""
_PARTS_IN_FLIGHT = 4
"""For each thread; bounds the memory."""


def threads_for(files: Sequence[str | Path]) -> int:
    """Return how many threads decode these images soonest, by the size of some of the files."""
    sizes = list(_sizes(files[:: max(1, len(files) // _SAMPLE)]))
    mean = sum(sizes) // max(1, len(sizes))
    most = min(_MOST_THREADS, int(cpu_count()))
    return max(1, min(most, mean // _BYTES_A_THREAD))


def map_in_waves(
    work: Callable[[P], R], parts: Sequence[P], *, threads: int, name: str
) -> Iterator[R]:
    """Yield what the work makes of each part, in their order; `name` is that of the threads."""
    wave = threads * _PARTS_IN_FLIGHT
    with ThreadPoolExecutor(threads, thread_name_prefix=name) as pool:
        for start in range(0, len(parts), wave):
            yield from pool.map(work, parts[start : start + wave])


def _sizes(files: Iterable[str | Path]) -> Iterator[int]:
    for file in files:
        try:
            yield os.stat(file).st_size  # noqa: PTH116  paths or their text
        except OSError:
            continue  # told where it is read
