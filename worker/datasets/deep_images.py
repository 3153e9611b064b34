"""How many bits are in use in those images of a data set that have 16 bits a pixel."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from worker.datasets.decoding import ImageError, deep_values, is_deep, opened_image
from worker.datasets.progress import OnProgress, ProgressReporter
from worker.datasets.waves import threads_for

_DEPTHS = (8, 10, 12, 14, 16)
"""Bits that cameras, scanners and microscopes use."""
_WAVE = 1_024
"""Files that are looked at before progress is told."""


def bits_for(most: int) -> int:
    """Return how many bits are in use in images whose largest value is `most`."""
    return next(bits for bits in _DEPTHS if most < 1 << bits)


def find_deep_bits(files: Sequence[Path], action: str, on_progress: OnProgress) -> int:
    """Look through all images of a data set for the largest value of those with 16 bits a pixel.

    Files that cannot be decoded are passed over.
    """
    reporter = ProgressReporter(on_progress, action, len(files), "images")
    waiting = iter(files)
    most = 0
    with ThreadPoolExecutor(threads_for(files), thread_name_prefix="range") as pool:
        while wave := list(islice(waiting, _WAVE)):
            most = max(most, *pool.map(_largest_value, wave))
            reporter.advance(len(wave))
    return bits_for(most)


def _largest_value(path: Path) -> int:
    try:
        with opened_image(path) as image:
            return int(deep_values(image).max()) if is_deep(image) else 0
    except ImageError:
        return 0
