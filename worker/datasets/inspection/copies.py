"""Finds pictures that are in a data set more than once: the same pixels, or nearly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft

from worker.datasets.subset import Bytes

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_SIDE = 8
"""Of the low frequencies that make a hash, and of a thumbnail."""
_MOST_DIFFERENT_BITS = 4
"""Of the 64 of two hashes whose pictures look alike."""
_BANDS = ((0, 13), (13, 13), (26, 13), (39, 13), (52, 12))
"""Where bands of bits begin, and how many they are: hashes that differ in 4 bits are equal in one
of 5 bands."""
_MOST_DIFFERENCE = 12.0
"""Between two thumbnails of pictures that look alike, in shades of 255, on average, when
both are equally bright."""
MOST_PAIRS = 10_000
_MOST_ALIKE = 1_000
"""Hashes that are equal in a band and are compared with each other; bounds the time."""


def greys(pictures: Bytes) -> Bytes:
    """Return pictures [N, H, W, 3] in grey, as Pillow converts them."""
    red, green, blue = (pictures[..., channel].astype(np.uint32) for channel in range(3))
    grey: Bytes = ((19_595 * red + 38_470 * green + 7_471 * blue + 2**15) >> 16).astype(np.uint8)
    return grey


def perceptual_hashes(grey: Bytes) -> Hashes:
    """Return the 64-bit pHash of each picture, as `imagehash.phash` computes it.

    Args:
        grey: [N, 32, 32].
    """
    rows = scipy.fft.dct(grey.astype(np.float64), axis=1)[:, :_SIDE]
    low = scipy.fft.dct(rows, axis=2)[:, :, :_SIDE].reshape(len(grey), _SIDE**2)
    bits = low > np.median(low, axis=1, keepdims=True)
    return np.packbits(bits, axis=1).view(">u8")[:, 0].astype(np.uint64)


def thumbnails(grey: Bytes) -> Bytes:
    """Return each picture [N, 32, 32] with 8×8 pixels."""
    wide = grey.astype(np.uint16)
    columns = wide[:, :, 0::4] + wide[:, :, 1::4] + wide[:, :, 2::4] + wide[:, :, 3::4]
    blocks = columns[:, 0::4] + columns[:, 1::4] + columns[:, 2::4] + columns[:, 3::4]
    means: Bytes = ((blocks + 8) >> 4).astype(np.uint8)
    return means


def equal_groups(keys: Hashes) -> Iterator[Places]:
    """Yield the places of keys that are there more than once, each key's together."""
    order = np.argsort(keys, kind="stable")
    changes = np.flatnonzero(np.diff(keys[order])) + 1
    bounds = np.concatenate([[0], changes, [len(keys)]])
    for index in np.flatnonzero(np.diff(bounds) > 1):  # of nearly all keys, there is one
        yield order[bounds[index] : bounds[index + 1]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Marks:
    """What tells pictures apart, one row each."""

    pixels: Hashes
    hashes: Hashes
    thumbnails: Bytes
    groups: Places
    """Pictures of one group (a class of a split) are not compared with each other."""


def similar_pairs(marks: Marks) -> Sequence[tuple[int, int]]:
    """Return pairs of pictures that look alike and have other pixels, from different groups.

    Of very many that look alike, not all are compared; MOST_PAIRS are returned.
    """
    found: dict[tuple[int, int], None] = {}
    for start, length in _BANDS:
        turned = _turned(marks.hashes, start)
        order = np.argsort(turned, kind="stable")
        bands = turned[order] >> np.uint64(64 - length)
        for left, right in _neighbours(bands):
            pairs = _alike(marks, order[left], order[right])
            found |= dict.fromkeys((min(pair), max(pair)) for pair in pairs)
            if len(found) >= MOST_PAIRS:
                return sorted(found)[:MOST_PAIRS]
    return sorted(found)


def _turned(hashes: Hashes, bits: int) -> Hashes:
    if not bits:
        return hashes
    return (hashes << np.uint64(bits)) | (hashes >> np.uint64(64 - bits))


def _neighbours(keys: Hashes) -> Iterator[tuple[Places, Places]]:
    """Yield places in a sorted list whose keys are equal, those next to each other first."""
    left = np.arange(len(keys))
    for distance in range(1, _MOST_ALIKE + 1):
        left = left[left < len(keys) - distance]
        left = left[keys[left] == keys[left + distance]]
        if not len(left):
            return
        yield left, left + distance


def _alike(marks: Marks, left: Places, right: Places) -> list[tuple[int, int]]:
    different = np.bitwise_count(marks.hashes[left] ^ marks.hashes[right])
    near = np.flatnonzero(different <= _MOST_DIFFERENT_BITS)  # few
    left, right = left[near], right[near]
    near = marks.groups[left] != marks.groups[right]
    near &= marks.pixels[left] != marks.pixels[right]
    left, right = left[near], right[near]
    apart = marks.thumbnails[left].astype(np.float32) - marks.thumbnails[right]
    apart -= apart.mean(axis=(1, 2), keepdims=True)  # one may be brighter
    close = np.abs(apart).mean(axis=(1, 2)) <= _MOST_DIFFERENCE
    return list(zip(left[close].tolist(), right[close].tolist(), strict=True))
