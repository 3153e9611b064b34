"""How many images of each class a search trains with, before anything is loaded.

This module imports no torch, so that an HTTP service can use it. The split and the worker's choice
of images follow it.
"""

from collections.abc import Sequence
from typing import NamedTuple


class HalfSizes(NamedTuple):
    """The images that train the weights, and those that train the alphas."""

    weights: int
    alphas: int


def at_most(sizes: Sequence[int], most: int | None) -> list[int]:
    """Return the images of each class if no more than `most` are taken, as many of each class.

    A class with fewer images than its share gives all of them, and the others share the rest.
    """
    if most is None:
        return list(sizes)
    taken = list(sizes)
    by_size = sorted(range(len(sizes)), key=lambda place: sizes[place])
    for done, place in enumerate(by_size):
        taken[place] = min(sizes[place], most // (len(sizes) - done))
        most -= taken[place]
    return taken


def weights_of(size: int, train_portion: float) -> int:
    """Return how many of a class's images train the weights.

    Both halves have one if there are two; a single one trains the weights.
    """
    return max(1, min(round(train_portion * size), size - 1))


def halves(sizes: Sequence[int], train_portion: float) -> HalfSizes:
    """Return the sizes of the two halves of a training set, which is split class by class."""
    weights = sum(weights_of(size, train_portion) for size in sizes if size)
    return HalfSizes(weights=weights, alphas=sum(sizes) - weights)
