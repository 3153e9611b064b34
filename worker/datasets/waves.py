"""Work on many files by threads, in bounded memory: not all of it is handed out at once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from joblib import cpu_count

P = TypeVar("P")
R = TypeVar("R")

MOST_THREADS = 16
_PARTS_IN_FLIGHT = 4
"""For each thread; bounds the memory."""


def map_in_waves(work: Callable[[P], R], parts: Sequence[P], name: str) -> Iterator[R]:
    """Yield what the work makes of each part, in their order; `name` is that of the threads."""
    threads = min(MOST_THREADS, cpu_count())
    wave = threads * _PARTS_IN_FLIGHT
    with ThreadPoolExecutor(threads, thread_name_prefix=name) as pool:
        for start in range(0, len(parts), wave):
            yield from pool.map(work, parts[start : start + wave])
