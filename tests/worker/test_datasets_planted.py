"""Made-up images whose classes show only where they are meant to."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from store.catalogue import BUILTIN_DATASETS
from worker.datasets.planted import REPEAT, REPEATED, far_repeats, tinted
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


@pytest.mark.parametrize(
    ("name", "across", "down"),
    [("across", REPEAT, 0), ("down", 0, REPEAT), ("diagonal", REPEAT, REPEAT)],
)
def test_a_pattern_repeats_as_its_class_is_called(name: str, across: int, down: int) -> None:
    made = far_repeats(200, seed=0)
    same, inverted = REPEATED.index(name), REPEATED.index(f"{name}-inverted")
    assert shared_neighbours(made, same, across=across, down=down) == 1
    assert shared_neighbours(made, inverted, across=across, down=down) == 0


def test_within_fewer_pixels_all_classes_are_the_same_noise() -> None:
    made = far_repeats(1200, seed=0)
    for label in range(len(REPEATED)):
        for across, down in itertools.product(range(REPEAT), repeat=2):
            if across or down:
                share = shared_neighbours(made, label, across=across, down=down)
                assert abs(share - 0.5) < 0.02
    means = [float(made.images[made.labels == label].mean()) for label in range(len(REPEATED))]
    assert max(means) - min(means) < 1


def test_the_mean_colour_tells_tinted_classes_apart() -> None:
    made = tinted(200, seed=0)
    red, green, _ = made.images.mean(axis=(2, 3)).T.astype(float)
    assert float(((red > green) == (made.labels == 0)).mean()) > 0.99


def test_the_built_in_set_is_what_the_catalogue_tells() -> None:
    info = BUILTIN_DATASETS["planted"]
    made = far_repeats(sum(info.class_sizes or ()), seed=0)
    assert tuple(np.bincount(made.labels)) == info.class_sizes
    assert made.images.shape[2:] == tuple(info.image_size or ())
