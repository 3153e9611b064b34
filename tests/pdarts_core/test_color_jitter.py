"""Colours change as torchvision changes them, image by image."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as vision

from pdarts_core.images.color_jitter import Jitter, draw_jitter, draw_orders, jitter
from tests.support.searches import make_images

CHANGES: tuple[Callable[[Tensor, float], Tensor], ...] = (
    vision.adjust_brightness,
    vision.adjust_contrast,
    vision.adjust_saturation,
    vision.adjust_hue,
)
NEUTRAL = (1.0, 1.0, 1.0, 0.0)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def colourful(count: int) -> Tensor:
    """Noise, and what has no hue or no saturation."""
    images = make_images(count, size=6).float() / 255
    images[0], images[1], images[2, 1:] = 0.0, 0.5, 0.0
    return images


@pytest.mark.parametrize("number", range(4))
def test_each_change_is_torchvisions(number: int) -> None:
    images = colourful(7)
    factors = draw_jitter(7, 0.8, generator())
    alone = Jitter(
        *(
            factor if place == number else torch.full_like(factor, NEUTRAL[place])
            for place, factor in enumerate(factors)
        )
    )

    changed = jitter(images, alone, draw_orders(7, generator()))

    for image, result, factor in zip(images, changed, factors[number], strict=True):
        expected = CHANGES[number](image, float(factor))
        torch.testing.assert_close(result, expected, rtol=1e-5, atol=1e-5)


def test_each_image_has_its_own_order() -> None:
    images, count = colourful(40), 40
    factors, orders = draw_jitter(count, 0.4, generator()), draw_orders(count, generator(1))

    changed = jitter(images, factors, orders)

    assert len({tuple(order) for order in orders.tolist()}) > 15
    for place in range(count):
        expected = images[place]
        for number in orders[place].tolist():
            expected = CHANGES[number](expected, float(factors[number][place]))
        torch.testing.assert_close(changed[place], expected, rtol=1e-5, atol=1e-5)


def test_factors_lie_around_1_and_turns_around_0() -> None:
    factors = draw_jitter(10_000, 0.4, generator())

    for factor in factors[:3]:
        assert (factor.min(), factor.max()) == pytest.approx((0.6, 1.4), abs=0.001)
    assert (factors.hue.min(), factors.hue.max()) == pytest.approx((-0.2, 0.2), abs=0.001)


def test_images_stay_as_they_are() -> None:
    images = colourful(4)
    before = images.clone()

    jitter(images, draw_jitter(4, 0.4, generator()), draw_orders(4, generator()))

    assert torch.equal(images, before)
