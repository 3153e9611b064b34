"""Made-up images whose classes show only where they are meant to."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from store.catalogue import BUILTIN_DATASETS
from worker.datasets.planted import REPEAT, far_repeats, tinted
from worker.datasets.subset import LabelledImages

Maker = Callable[..., LabelledImages]


def shared_neighbours(made: LabelledImages, label: int, *, across: int, down: int) -> float:
    """The share of pixels of a class that equal the one so far to the right and below."""
    images = made.images[made.labels == label]
    height, width = images.shape[2] - down, images.shape[3] - across
    return float((images[..., :height, :width] == images[..., down:, across:]).mean())


@pytest.mark.parametrize("make", [far_repeats, tinted])
def test_a_seed_makes_the_same_images_again_and_another_does_not(make: Maker) -> None:
    first, again, other = make(8, seed=1), make(8, seed=1), make(8, seed=2)
    assert np.array_equal(first.images, again.images)
    assert not np.array_equal(first.images, other.images)


def test_a_pattern_repeats_to_the_right_or_downwards() -> None:
    made = far_repeats(200, seed=0)
    assert shared_neighbours(made, 0, across=REPEAT, down=0) == 1
    assert shared_neighbours(made, 1, across=0, down=REPEAT) == 1


def test_within_fewer_pixels_both_classes_are_the_same_noise() -> None:
    made = far_repeats(400, seed=0)
    for distance in range(1, REPEAT):
        for label in (0, 1):
            for step in ({"across": distance, "down": 0}, {"across": 0, "down": distance}):
                assert abs(shared_neighbours(made, label, **step) - 0.5) < 0.02
    windows = [
        sliding_window_view(made.images[made.labels == label], (3, 3), axis=(2, 3)).mean()
        for label in (0, 1)
    ]
    assert abs(windows[0] - windows[1]) < 1


def test_the_mean_colour_tells_tinted_classes_apart() -> None:
    made = tinted(200, seed=0)
    red, green, _ = made.images.mean(axis=(2, 3)).T.astype(float)
    assert float(((red > green) == (made.labels == 0)).mean()) > 0.99


def test_the_built_in_set_is_what_the_catalogue_tells() -> None:
    info = BUILTIN_DATASETS["planted"]
    made = far_repeats(sum(info.class_sizes or ()), seed=0)
    assert tuple(np.bincount(made.labels)) == info.class_sizes
    assert made.images.shape[2:] == tuple(info.image_size or ())
