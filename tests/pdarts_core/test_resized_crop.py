"""Resized windows are those of torchvision, image by image."""

import pytest
import torch
from torchvision.transforms.v2 import functional as vision

from pdarts_core.images.resized_crop import (
    AREA,
    RATIO,
    Windows,
    centre_crop,
    draw_windows,
    resized_crop,
)
from tests.support.searches import make_images


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("size", [5, 16, 40])
@pytest.mark.parametrize("shape", [(24, 24), (18, 31)])
def test_windows_are_cut_out_and_resized(shape: tuple[int, int], size: int) -> None:
    height, width = shape
    images = make_images(12, size=max(shape))[:, :, :height, :width].float()
    windows = draw_windows(len(images), height, width, generator())

    resized = resized_crop(images, windows, size)

    for image, result, window in zip(images, resized, zip(*windows, strict=True), strict=True):
        top, left, tall, wide = map(int, window)
        expected = vision.resized_crop(image, top, left, tall, wide, [size, size], antialias=True)
        torch.testing.assert_close(result, expected, rtol=1e-4, atol=1e-3)


def test_the_whole_image_in_its_own_size_stays_as_it_is() -> None:
    images = make_images(3, size=9).float()
    nothing, whole = torch.zeros(3, dtype=torch.int64), torch.full((3,), 9)

    assert torch.equal(resized_crop(images, Windows(nothing, nothing, whole, whole), 9), images)


def test_windows_have_every_area_and_shape_that_they_may() -> None:
    windows = draw_windows(20_000, 256, 256, generator())

    area = (windows.height * windows.width) / 256**2
    ratio = windows.width / windows.height
    for drawn, (least, most) in ((area, AREA), (ratio, RATIO)):
        assert least * 0.98 < drawn.min() < least * 1.02
        assert most * 0.95 < drawn.max() < most * 1.02
    # Where all fit, areas are uniform.
    assert area[area < 0.5].mean() == pytest.approx((AREA[0] + 0.5) / 2, rel=0.02)


def test_windows_lie_anywhere_inside() -> None:
    windows = draw_windows(20_000, 20, 20, generator())

    for start, length in ((windows.top, windows.height), (windows.left, windows.width)):
        assert start.min() == 0
        assert (start + length).max() == 20
        free = (20 - length).double()
        assert (start / free)[free > 3].mean() == pytest.approx(0.5, abs=0.02)


def test_where_none_fits_the_largest_in_the_middle_is_taken() -> None:
    windows = draw_windows(5, 3, 300, generator())

    assert windows.height.tolist() == [3] * 5
    assert windows.width.tolist() == [4] * 5
    assert windows.left.tolist() == [148] * 5


def test_the_middle_is_cut_out_of_test_images() -> None:
    images = make_images(2, size=10)

    assert torch.equal(centre_crop(images, 6), images[:, :, 2:8, 2:8])
