"""Brightness, contrast, saturation and hue of images, each with its own factors.

As torchvision's ColorJitter, which draws once for a whole batch; here every image has its own
factors and its own order of the four changes.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

_GREY = (0.2989, 0.587, 0.114)
"""What red, green and blue add to grey."""


class Jitter(NamedTuple):
    """What happens to each image: floats [N], on the images' device."""

    brightness: Tensor
    """Factors; 1 changes nothing."""
    contrast: Tensor
    saturation: Tensor
    hue: Tensor
    """Share of the colour circle to turn by."""


def draw_jitter(count: int, strength: float, generator: torch.Generator) -> Jitter:
    """Draw factors between 1 − strength and 1 + strength, and turns of the hue of half as much."""
    drawn = 2 * torch.rand(4, count, generator=generator, device=generator.device) - 1
    brightness, contrast, saturation = (1 + strength * drawn[:3]).clamp(min=0)
    return Jitter(brightness, contrast, saturation, drawn[3] * strength / 2)


def draw_orders(count: int, generator: torch.Generator) -> Tensor:
    """Draw an order of the four changes for each image: int64 [N, 4]."""
    return torch.rand(count, 4, generator=generator, device=generator.device).argsort(1)


def jitter(images: Tensor, factors: Jitter, orders: Tensor) -> Tensor:
    """Change the colours of images.

    Args:
        images: floats [N, 3, H, W] from 0 to 1.
        factors: how much.
        orders: int64 [N, 4], the changes of each image in their order, by their place in `Jitter`;
            on the CPU, so that nothing waits for the device.

    Returns:
        [N, 3, H, W], from 0 to 1.
    """
    images = images.clone()
    for of_images in orders.T:
        for number, (change, factor) in enumerate(zip(_CHANGES, factors, strict=True)):
            chosen = (of_images == number).nonzero()[:, 0].to(images.device)
            images[chosen] = change(images[chosen], factor[chosen, None, None, None])
    return images


def _brightness(images: Tensor, factor: Tensor) -> Tensor:
    return (images * factor).clamp(0, 1)


def _contrast(images: Tensor, factor: Tensor) -> Tensor:
    return _blend(images, _grey(images).mean((1, 2, 3), keepdim=True), factor)


def _saturation(images: Tensor, factor: Tensor) -> Tensor:
    return _blend(images, _grey(images), factor)


def _hue(images: Tensor, turn: Tensor) -> Tensor:
    """Turn the hue in HSV: value and saturation, the largest and the least colour, stay."""
    value = images.amax(1, keepdim=True)
    spread = value - images.amin(1, keepdim=True)
    divisor = torch.where(spread == 0, 1, spread)
    red, green, blue = (images[:, place : place + 1] for place in range(3))
    sector = torch.where(
        value == red,
        (green - blue) / divisor,
        torch.where(value == green, 2 + (blue - red) / divisor, 4 + (red - green) / divisor),
    )
    sector = sector + 6 * turn
    # For each channel, its distance in hue from where the channel keeps its full value.
    offset = torch.tensor([5.0, 3.0, 1.0], device=images.device, dtype=images.dtype)
    distance = (offset[:, None, None] + sector).remainder(6)
    return value - spread * torch.minimum(distance, 4 - distance).clamp(0, 1)


def _grey(images: Tensor) -> Tensor:
    shares = torch.tensor(_GREY, device=images.device, dtype=images.dtype)
    return (images * shares[:, None, None]).sum(1, keepdim=True)


def _blend(images: Tensor, other: Tensor, share: Tensor) -> Tensor:
    return (share * images + (1 - share) * other).clamp(0, 1)


_CHANGES: tuple[Callable[[Tensor, Tensor], Tensor], ...] = (
    _brightness,
    _contrast,
    _saturation,
    _hue,
)
"""In the order of `Jitter`'s fields."""
