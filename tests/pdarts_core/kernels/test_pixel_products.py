"""Sums over pixels are those that PyTorch takes."""

import pytest
import torch

from pdarts_core.kernels.pixel_products import pixel_squares, pixel_sums
from tests.support.kernels import NUMBERS, Noise, assert_near

SHAPES = [(1, 1, 1, 1), (63, 2, 3, 5), (1300, 1, 16, 40)]
"""Pixels, maps, O and C: alone, odd, and more than a program takes of each."""


@NUMBERS
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("pixels", "maps", "outs", "ins"), SHAPES)
def test_products_and_totals_are_summed_over_all_pixels(
    pixels: int, maps: int, outs: int, ins: int, dtype: torch.dtype, *, shared: bool
) -> None:
    noise = Noise(dtype)
    left, right = noise(pixels, outs if shared else maps * outs), noise(pixels, maps * ins)

    products, totals = (part.squeeze(0) for part in pixel_sums(left, right, outs, ins).added_up())

    g = left.view(pixels, -1, outs)
    expected = torch.einsum("puo,puc->uoc", g.expand(-1, maps, -1), right.view(pixels, maps, ins))
    assert_near(products, expected, dtype)
    assert_near(totals, g.sum(0), dtype)


def test_squares_are_products_with_oneself_and_many_pixels_are_summed_in_parts() -> None:
    rows = Noise(torch.float32)(1300, 6)
    found = pixel_squares(rows, 3)
    assert len(found.products) == 2
    assert_near(list(found), list(pixel_sums(rows, rows, 3, 3)), torch.float32)


def test_pixels_may_lie_apart_in_memory() -> None:
    noise = Noise(torch.float32)
    wide, right = noise(50, 9), noise(50, 4)
    found = pixel_sums(wide[:, 2:5], right, 3, 4)
    assert_near(list(found), list(pixel_sums(wide[:, 2:5].clone(), right, 3, 4)), torch.float32)
