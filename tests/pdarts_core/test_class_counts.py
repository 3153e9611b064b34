"""What counts of images and hits say, and how surely."""

import pytest

from pdarts_core.signal.class_counts import ClassCounts


def counts(images: tuple[int, ...], hits: tuple[int, ...]) -> ClassCounts:
    return ClassCounts(images=images, hits=hits, predictions=images)


@pytest.mark.parametrize(
    ("hits", "images", "low", "high"),
    # As statsmodels' proportion_confint(hits, images, method="wilson") has them.
    [(7, 10, 0.396777, 0.892209), (0, 10, 0.0, 0.277533), (10, 10, 0.722467, 1.0)],
)
def test_the_interval_is_wilsons(hits: int, images: int, low: float, high: float) -> None:
    assert counts((images,), (hits,)).interval == pytest.approx((low, high), abs=1e-5)


def test_ten_images_say_little_and_a_thousand_much() -> None:
    few, many = counts((5, 5), (4, 3)).interval, counts((500, 500), (400, 300)).interval
    assert few[1] - few[0] > 0.45
    assert many[1] - many[0] < 0.06


@pytest.mark.parametrize(
    ("images", "is_uneven"), [((3, 2), False), ((4, 2), True), ((5, 0), True), ((9, 9, 9), False)]
)
def test_classes_are_uneven_beyond_three_to_two(images: tuple[int, ...], is_uneven: bool) -> None:
    assert counts(images, images).is_uneven is is_uneven
