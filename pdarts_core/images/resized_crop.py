"""Windows of random size and shape, resized to one size: whole batches on their device.

The same as torchvision's RandomResizedCrop with bilinear interpolation and antialiasing, which
takes one window for a whole batch; here each image has its own. Resizing is linear, so that it is
a product with one matrix for the rows of each image and another for its columns.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

AREA = (0.08, 1.0)
"""The least and largest share of an image that a window takes."""
RATIO = (3 / 4, 4 / 3)
"""The narrowest and the widest window: width by height."""
_TRIES = 10


class Windows(NamedTuple):
    """A window of each image: int64 [N] each."""

    top: Tensor
    left: Tensor
    height: Tensor
    width: Tensor


def draw_windows(count: int, height: int, width: int, generator: torch.Generator) -> Windows:
    """Draw windows of images of a size, on the generator's device.

    Area and logarithm of the ratio are uniform. Windows that do not fit are drawn again, up to ten
    times; then the largest one in the middle is taken.
    """

    def uniform(least: float, most: float, *shape: int) -> Tensor:
        drawn = torch.rand(shape, generator=generator, device=generator.device)
        return least + (most - least) * drawn

    areas = height * width * uniform(*AREA, _TRIES, count)
    ratios = uniform(math.log(RATIO[0]), math.log(RATIO[1]), _TRIES, count).exp()
    widths, heights = (areas * ratios).sqrt().round(), (areas / ratios).sqrt().round()
    fits = (widths >= 1) & (widths <= width) & (heights >= 1) & (heights <= height)
    # The first that fits; argmax returns the first of equals.
    place = fits.int().argmax(0, keepdim=True)
    whole_height, whole_width = _largest(height, width)
    any_fits = fits.any(0)
    drawn_height = torch.where(any_fits, heights.gather(0, place)[0], whole_height).long()
    drawn_width = torch.where(any_fits, widths.gather(0, place)[0], whole_width).long()
    free_rows, free_columns = height - drawn_height, width - drawn_width
    top = (uniform(0, 1, count) * (free_rows + 1)).long().minimum(free_rows)
    left = (uniform(0, 1, count) * (free_columns + 1)).long().minimum(free_columns)
    return Windows(
        top=torch.where(any_fits, top, free_rows // 2),
        left=torch.where(any_fits, left, free_columns // 2),
        height=drawn_height,
        width=drawn_width,
    )


def resized_crop(images: Tensor, windows: Windows, size: int) -> Tensor:
    """Cut a window out of each image and resize it to a square.

    Args:
        images: floats [N, C, H, W].
        windows: one of each, inside it.
        size: side of the squares in pixels.

    Returns:
        [N, C, size, size].
    """
    rows = _resizing(windows.top, windows.height, images.shape[2], size).to(images.dtype)
    columns = _resizing(windows.left, windows.width, images.shape[3], size).to(images.dtype)
    return rows[:, None] @ images @ columns[:, None].transpose(2, 3)


def centre_crop(images: Tensor, size: int) -> Tensor:
    """Cut the middle square out of images [N, C, H, W] that are no smaller."""
    top, left = ((side - size) // 2 for side in images.shape[2:])
    return images[:, :, top : top + size, left : left + size]


def _largest(height: int, width: int) -> tuple[int, int]:
    """Return the height and width of the largest window that is neither too wide nor too narrow."""
    return min(height, round(width / RATIO[0])), min(width, round(height * RATIO[1]))


def _resizing(start: Tensor, length: Tensor, side: int, size: int) -> Tensor:
    """Return what turns a side into the resized window: float32 [N, size, side].

    Each new pixel is a mean of old ones, with a triangle's weights around its centre: as wide as
    a new pixel on either side, and no narrower than an old one.
    """
    device = start.device
    scale = (length / size)[:, None, None]
    centre = start[:, None, None] + scale * (torch.arange(size, device=device) + 0.5)[:, None]
    pixel = torch.arange(side, device=device) + 0.5
    weights = (1 - (pixel - centre).abs() / scale.clamp(min=1)).clamp(min=0)
    inside = (pixel > start[:, None, None]) & (pixel < (start + length)[:, None, None])
    weights = weights * inside
    return weights / weights.sum(2, keepdim=True)
