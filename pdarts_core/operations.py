"""The eight candidate operations (P-DARTS, arXiv 1904.12760, §3.1; DARTS, arXiv 1806.09055, §3.1).

One set of layers serves search and evaluation: in a search, batch norm has no affine parameters
and follows each pooling; in a discrete network it is affine and poolings go without.
All take images [N, C, H, W] and, with stride 2, return [N, C, ⌈H/2⌉, ⌈W/2⌉].
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Zero(nn.Module):
    """`none`: no connection, as zeros of the right size."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Return zeros in place of the images."""
        return torch.zeros_like(x[:, :, :: self.stride, :: self.stride])


class FactorizedReduce(nn.Module):
    """Halve height and width without losing pixels: two 1×1 convolutions on shifted grids."""

    def __init__(self, in_channels: int, out_channels: int, *, affine: bool) -> None:
        super().__init__()
        half = out_channels // 2
        self.even = nn.Conv2d(in_channels, half, 1, stride=2, bias=False)
        self.odd = nn.Conv2d(in_channels, out_channels - half, 1, stride=2, bias=False)
        self.norm = nn.BatchNorm2d(out_channels, affine=affine)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, in_channels, H, W] to [N, out_channels, ⌈H/2⌉, ⌈W/2⌉]."""
        x = F.relu(x)
        halves = torch.cat([self.even(x), self.odd(shift_diagonally(x))], dim=1)
        normed: Tensor = self.norm(halves)
        return normed


def shift_diagonally(x: Tensor) -> Tensor:
    """Drop the first row and column; odd sides get a zero at the end, to keep ⌈side/2⌉ steps."""
    height, width = x.shape[2:]
    if height % 2 or width % 2:
        x = F.pad(x, (0, width % 2, 0, height % 2))
    return x[:, :, 1:, 1:]


def relu_conv_bn(in_channels: int, out_channels: int, *, affine: bool) -> nn.Sequential:
    """Return the 1×1 convolution that gives a cell's input the cell's number of channels."""
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(in_channels, out_channels, 1, bias=False),
        nn.BatchNorm2d(out_channels, affine=affine),
    )


def input_preprocessing(
    in_channels: int, out_channels: int, *, halve: bool, affine: bool
) -> nn.Module:
    """Return what fits a cell's input to the cell, in channels and, with `halve`, in size."""
    if halve:
        return FactorizedReduce(in_channels, out_channels, affine=affine)
    return relu_conv_bn(in_channels, out_channels, affine=affine)


class DepthwiseSeparable(nn.Sequential):
    """ReLU, depthwise convolution, 1×1 convolution and batch norm, once for each stride given."""

    def __init__(
        self, channels: int, kernel: int, *, strides: tuple[int, ...], dilation: int, affine: bool
    ) -> None:
        padding = dilation * (kernel - 1) // 2
        layers: list[nn.Module] = []
        for stride in strides:
            layers += [
                nn.ReLU(),
                nn.Conv2d(
                    channels, channels, kernel, stride, padding, dilation, channels, bias=False
                ),
                nn.Conv2d(channels, channels, 1, bias=False),
                nn.BatchNorm2d(channels, affine=affine),
            ]
        super().__init__(*layers)


def _pooling(channels: int, pool: nn.Module, *, affine: bool) -> nn.Module:
    return pool if affine else nn.Sequential(pool, nn.BatchNorm2d(channels, affine=False))


class _OperationFactory(Protocol):
    def __call__(self, channels: int, stride: int, *, affine: bool) -> nn.Module: ...


def _none(channels: int, stride: int, *, affine: bool) -> nn.Module:
    del channels, affine
    return Zero(stride)


def _max_pool(channels: int, stride: int, *, affine: bool) -> nn.Module:
    return _pooling(channels, nn.MaxPool2d(3, stride, padding=1), affine=affine)


def _avg_pool(channels: int, stride: int, *, affine: bool) -> nn.Module:
    pool = nn.AvgPool2d(3, stride, padding=1, count_include_pad=False)
    return _pooling(channels, pool, affine=affine)


def _skip_connect(channels: int, stride: int, *, affine: bool) -> nn.Module:
    return nn.Identity() if stride == 1 else FactorizedReduce(channels, channels, affine=affine)


def _sep_conv(channels: int, stride: int, *, affine: bool, kernel: int) -> nn.Module:
    return DepthwiseSeparable(channels, kernel, strides=(stride, 1), dilation=1, affine=affine)


def _dil_conv(channels: int, stride: int, *, affine: bool, kernel: int) -> nn.Module:
    return DepthwiseSeparable(channels, kernel, strides=(stride,), dilation=2, affine=affine)


_FACTORIES: Mapping[str, _OperationFactory] = MappingProxyType(
    {
        "none": _none,
        "max_pool_3x3": _max_pool,
        "avg_pool_3x3": _avg_pool,
        "skip_connect": _skip_connect,
        "sep_conv_3x3": partial(_sep_conv, kernel=3),
        "sep_conv_5x5": partial(_sep_conv, kernel=5),
        "dil_conv_3x3": partial(_dil_conv, kernel=3),
        "dil_conv_5x5": partial(_dil_conv, kernel=5),
    }
)


def make_operation(name: str, channels: int, stride: int, *, affine: bool) -> nn.Module:
    """Return a candidate operation by its name in PRIMITIVES.

    `affine` tells a discrete network's operations (True) from a search's (False): whether batch
    norm is affine, and poolings go without it.
    """
    return _FACTORIES[name](channels, stride, affine=affine)


class SkipDropout(nn.Module):
    """The decaying dropout after skip-connects (§3.3): inverted, for each element, in training.

    The rate is a tensor, so that a captured CUDA graph follows it; whether elements are dropped
    at all (rate above 0) is decided when the graph is captured. Masks are drawn from `generator`,
    which must be of the images' device (None: that device's own).
    """

    keep_probability: Tensor

    def __init__(self, rate: float, generator: torch.Generator | None) -> None:
        super().__init__()
        self.generator = generator
        self.register_buffer("keep_probability", torch.ones(()), persistent=False)
        self.set_rate(rate)

    def set_rate(self, rate: float) -> None:
        """Set the share of elements to drop, in [0, 1)."""
        if not 0 <= rate < 1:
            raise ValueError(f"a dropout rate must be at least 0 and less than 1, not {rate}")
        self.rate = rate
        self.keep_probability.fill_(1 - rate)

    def draw_mask(self, x: Tensor) -> Tensor | None:
        """Return [N, C, H, W] of 0 and 1 / (1 − rate) in x's type, or None where nothing drops."""
        if not self.training or self.rate == 0:
            return None
        mask = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        if x.device.type == "cpu":
            # With a number instead of a tensor, the CPU draws many elements at a time.
            mask.bernoulli_(1 - self.rate, generator=self.generator)
        else:
            mask.bernoulli_(self.keep_probability.expand_as(x), generator=self.generator)
        return mask.div_(self.keep_probability)

    def forward(self, x: Tensor) -> Tensor:
        """Return x [N, C, H, W] with elements dropped and the others scaled by 1 / (1 − rate)."""
        mask = self.draw_mask(x)
        return x if mask is None else x * mask
