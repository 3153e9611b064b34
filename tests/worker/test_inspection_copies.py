"""Pictures that are in a data set twice are found by their pixels and by how they look."""

import imagehash
import numpy as np
from PIL import Image

from tests.support.faulty_images import make_photo
from worker.datasets.inspection.copies import (
    Marks,
    equal_groups,
    greys,
    perceptual_hashes,
    similar_pairs,
    thumbnails,
)


def test_hashes_are_those_of_the_library() -> None:
    photos = [make_photo(seed) for seed in range(20)]
    hashes = perceptual_hashes(greys(np.stack([np.asarray(photo) for photo in photos])))
    assert [f"{number:016x}" for number in hashes] == [str(imagehash.phash(p)) for p in photos]


def test_equal_keys_are_grouped() -> None:
    keys = np.array([5, 7, 5, 9, 7, 5], dtype=np.uint64)
    assert [group.tolist() for group in equal_groups(keys)] == [[0, 2, 5], [1, 4]]
    assert not list(equal_groups(keys[:0]))


def marks_of(pictures: list[Image.Image], groups: list[int]) -> Marks:
    grey = greys(np.stack([np.asarray(picture) for picture in pictures]))
    return Marks(
        pixels=np.arange(len(pictures), dtype=np.uint64),
        hashes=perceptual_hashes(grey),
        thumbnails=thumbnails(grey),
        groups=np.array(groups, dtype=np.int64),
    )


def test_pictures_that_look_alike_are_found_between_groups_alone() -> None:
    photo, other = make_photo(0), make_photo(1)
    brighter = photo.point(lambda value: value * 0.9 + 20)
    marks = marks_of([photo, other, brighter, brighter], [0, 0, 1, 0])
    assert similar_pairs(marks) == [(0, 2), (2, 3)]


def test_many_that_look_alike_end_in_time() -> None:
    """Without bounds, these would be 312,500,000 pairs."""
    many = 25_000
    marks = Marks(
        pixels=np.arange(many, dtype=np.uint64),
        hashes=np.zeros(many, dtype=np.uint64),
        thumbnails=np.zeros((many, 8, 8), dtype=np.uint8),
        groups=np.arange(many),
    )
    assert len(similar_pairs(marks)) == 10_000
