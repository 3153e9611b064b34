"""Whole batches are augmented as a slow version does it, image by image and pixel by pixel."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torchvision.transforms import functional as vision

from pdarts_core.images.augmentation import crop, cutout, flip, normalise, padding_for
from tests.support.searches import make_images

SIZES = st.sampled_from([(8, 8), (9, 12), (32, 32)])
PADDING = 4


def numbers(limit: int, count: int, seed: int) -> Tensor:
    return torch.randint(limit, (count,), generator=torch.Generator().manual_seed(seed))


def images_of(size: tuple[int, int], count: int = 5) -> Tensor:
    height, width = size
    return make_images(count, size=max(size))[:, :, :height, :width]


@given(SIZES, st.integers(0, 1000))
def test_crop_pads_with_black_and_cuts_out(size: tuple[int, int], seed: int) -> None:
    images = images_of(size)
    top, left = (numbers(2 * PADDING + 1, 5, seed + i) for i in range(2))
    windows = crop(images, top, left, PADDING)
    for image, cropped, y, x in zip(images, windows, top, left, strict=True):
        padded = vision.pad(image, [PADDING] * 4)
        assert torch.equal(cropped, vision.crop(padded, int(y), int(x), *size))


def test_the_crop_in_the_middle_is_the_image() -> None:
    images = images_of((8, 8))
    middle = torch.full((5,), PADDING)
    assert torch.equal(crop(images, middle, middle, PADDING), images)


def test_the_crop_at_a_corner_shows_the_padding() -> None:
    images = 1 + images_of((8, 8)) // 2
    corner = torch.zeros(5, dtype=torch.int64)
    cropped = crop(images, corner, corner, PADDING)
    assert not cropped[:, :, :PADDING].any()
    assert not cropped[:, :, :, :PADDING].any()
    assert torch.equal(cropped[:, :, PADDING:, PADDING:], images[:, :, :4, :4])


@pytest.mark.parametrize(
    ("size", "padding"), [((32, 32), 4), ((8, 8), 1), ((4, 4), 1), ((28, 28), 3), ((64, 48), 6)]
)
def test_the_padding_is_an_eighth_of_the_shorter_side(size: tuple[int, int], padding: int) -> None:
    assert padding_for(*size) == padding


def test_the_padding_is_what_was_asked_for() -> None:
    assert padding_for(32, 32, 0) == 0


def test_flip_mirrors_the_chosen_images() -> None:
    images = images_of((9, 12))
    flipped = torch.tensor([True, False, True, False, False])
    for image, result, mirrored in zip(images, flip(images, flipped), flipped, strict=True):
        assert torch.equal(result, vision.hflip(image) if mirrored else image)


def test_normalise_takes_mean_and_deviation_out() -> None:
    images = images_of((8, 8))
    mean, std = (0.49, 0.48, 0.44), (0.2, 0.3, 0.25)
    result = normalise(images, torch.tensor(mean), torch.tensor(std))
    for image, normalised in zip(images, result, strict=True):
        expected = vision.normalize(vision.convert_image_dtype(image), mean, std)
        torch.testing.assert_close(normalised, expected, atol=1e-5, rtol=1e-5)


@given(SIZES, st.integers(1, 40), st.integers(0, 1000))
def test_cutout_blanks_a_square_clipped_at_the_borders(
    size: tuple[int, int], length: int, seed: int
) -> None:
    height, width = size
    images = torch.rand(5, 3, height, width) + 1
    row, column = numbers(height, 5, seed), numbers(width, 5, seed + 1)
    result = cutout(images, row, column, length)
    for image, blanked, y, x in zip(images, result, row.tolist(), column.tolist(), strict=True):
        assert torch.equal(blanked, slow_cutout(image, y, x, length))


def slow_cutout(image: Tensor, row: int, column: int, length: int) -> Tensor:
    blanked = image.clone()
    for y in range(row - length // 2, row - length // 2 + length):
        for x in range(column - length // 2, column - length // 2 + length):
            if 0 <= y < image.shape[1] and 0 <= x < image.shape[2]:
                blanked[:, y, x] = 0
    return blanked


@pytest.mark.parametrize("size", [(8, 8), (32, 32)])
def test_what_goes_in_stays_as_it_was(size: tuple[int, int]) -> None:
    images = images_of(size)
    before, zeros = images.clone(), torch.zeros(5, dtype=torch.int64)
    flip(crop(images, zeros, zeros, PADDING), zeros == 0)
    normalise(images, torch.zeros(3), torch.ones(3))
    assert torch.equal(images, before)
