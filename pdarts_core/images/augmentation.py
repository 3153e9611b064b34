"""Whole batches of images augmented as tensors, on the device where they live.

Each transformation is a pure function of the images and of where it applies; none draws random
numbers.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

SIDES_IN_A_PADDING = 8
"""Paddings that a side has room for: the paper pads its images of 32 pixels by 4."""


def padding_for(height: int, width: int, asked: int | None = None) -> int:
    """Return the pixels on each side by which images are padded before they are cropped.

    Args:
        height: of the images.
        width: of the images.
        asked: what the configuration says; None for an eighth of the shorter side.
    """
    return max(1, min(height, width) // SIDES_IN_A_PADDING) if asked is None else asked


def crop(images: Tensor, top: Tensor, left: Tensor, padding: int) -> Tensor:
    """Pad images with zeros and cut windows of the old size out.

    Args:
        images: [N, C, H, W].
        top: int64 [N], first row of each window in the padded image, from 0 to 2·padding.
        left: int64 [N], first column of each window.
        padding: pixels on each side.

    Returns:
        [N, C, H, W].
    """
    height, width = images.shape[2:]
    padded = F.pad(images, (padding, padding, padding, padding))
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)
    return windows[torch.arange(len(images), device=images.device), :, top, left]


def flip(images: Tensor, flipped: Tensor) -> Tensor:
    """Mirror those images [N, C, H, W] left to right for which `flipped` (bool [N]) is true."""
    return torch.where(flipped[:, None, None, None], images.flip(3), images)


def normalise(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Turn pixels from 0 to 255 into float32, with each channel's mean and deviation taken out.

    Args:
        images: [N, 3, H, W], bytes or floats.
        mean: float32 [3], of pixels between 0 and 1.
        std: float32 [3], more than 0.
    """
    scale = 1 / (255 * std)
    own = images.to(torch.float32, copy=True)
    return own.mul_(scale[:, None, None]).sub_((mean / std)[:, None, None])


def cutout(images: Tensor, row: Tensor, column: Tensor, length: int) -> Tensor:
    """Set a square of each image to 0, clipped at the borders (arXiv 1708.04552).

    Args:
        images: [N, C, H, W], normalised.
        row: int64 [N], the square's centre; with an even length the lower of the two middle rows.
        column: int64 [N], the same for its column.
        length: side of the square in pixels.

    Returns:
        [N, C, H, W].
    """
    inside_rows = _near(row, images.shape[2], length)
    inside_columns = _near(column, images.shape[3], length)
    square = inside_rows[:, None, :, None] & inside_columns[:, None, None, :]
    return images.masked_fill(square, 0)


def _near(centre: Tensor, size: int, length: int) -> Tensor:
    start = (centre - length // 2)[:, None]
    positions = torch.arange(size, device=centre.device)
    return (positions >= start) & (positions < start + length)
