"""Looks at some files together, since much is quicker for many pictures at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from worker.datasets.inspection.copies import Hashes, greys, perceptual_hashes, thumbnails
from worker.datasets.inspection.look import SIDE, Look, look_at
from worker.datasets.inspection.pixel_counts import Counts, count_values, no_pixels
from worker.datasets.inspection.tree import ImageFile
from worker.datasets.subset import Bytes


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """What was seen of some files."""

    places: Sequence[int]
    """Which they are of all files."""
    looks: Sequence[Look]
    usable: Sequence[int]
    """The places of those with a picture; the rows below are theirs."""
    hashes: Hashes
    thumbnails: Bytes
    own: Counts
    """Of the training images in their own size, unless that is the squares' size."""
    squares: Counts
    """Of squares made of the training images."""


def look_at_part(files: Sequence[ImageFile], places: Sequence[int], deep_bits: int | None) -> Part:
    """Look at the files in these places."""
    looks = [look_at(files[place].path, deep_bits) for place in places]
    usable = [place for place, look in zip(places, looks, strict=True) if look.picture]
    pictures = [look.picture for look in looks if look.picture]
    squares = np.array([picture.square for picture in pictures], dtype=np.uint8)
    squares = squares.reshape(-1, SIDE, SIDE, 3)
    trains = np.array([files[place].split == "train" for place in usable], dtype=np.bool_)
    own = no_pixels()
    for picture, is_train in zip(pictures, trains, strict=True):
        if is_train and picture.counts is not None:
            own += picture.counts
    grey = greys(squares)
    return Part(
        places=places,
        looks=looks,
        usable=usable,
        hashes=perceptual_hashes(grey),
        thumbnails=thumbnails(grey),
        own=own,
        squares=count_values(squares[trains]),
    )
