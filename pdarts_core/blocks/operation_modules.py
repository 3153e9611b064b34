"""The layers of the candidate operations, and those that fit a cell's inputs to it.

One set of layers serves search and evaluation: in a search, batch norm has no affine parameters
and follows each pooling; in a discrete network it is affine and poolings go without.
All take images [N, C, H, W] and, with stride 2, return [N, C, ⌈H/2⌉, ⌈W/2⌉].
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pdarts_core.blocks.depthwise import depthwise_fan
from pdarts_core.space.layout import CellLayout
from pdarts_core.space.operations import (
    AVG_POOL,
    MAX_POOL,
    NONE,
    SEPARABLE_CONVOLUTIONS,
    SKIP_CONNECT,
    Separable,
)


class Zero(nn.Module):
    """`none`: no connection, as zeros of the right size."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Return zeros in place of the images."""
        return torch.zeros_like(x[:, :, :: self.stride, :: self.stride])


class UncountedBatchNorm2d(nn.BatchNorm2d):
    """Batch norm that does not count its batches: nothing asks, and a GPU launches a kernel for it.

    Its counter (`num_batches_tracked`) stays at 0, so that its state is that of any batch norm.
    """

    counts_batches = False

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, C, H, W] to its normalised form."""
        return F.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training,
            self.momentum or 0.0,
            self.eps,
        )


class FactorizedReduce(nn.Module):
    """Halve height and width without losing pixels: two 1×1 convolutions on shifted grids."""

    def __init__(self, in_channels: int, out_channels: int, *, affine: bool) -> None:
        super().__init__()
        half = out_channels // 2
        self.even = nn.Conv2d(in_channels, half, 1, stride=2, bias=False)
        self.odd = nn.Conv2d(in_channels, out_channels - half, 1, stride=2, bias=False)
        self.norm = _batch_norm(out_channels, affine=affine)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, in_channels, H, W] to [N, out_channels, ⌈H/2⌉, ⌈W/2⌉]."""
        return self.after_relu(F.relu(x))

    def after_relu(self, x: Tensor) -> Tensor:
        """Like `forward`, for images that have already passed the ReLU."""
        halves = torch.cat([self.even(x), self.odd(shift_diagonally(x))], dim=1)
        normed: Tensor = self.norm(halves)
        return normed


def _batch_norm(channels: int, *, affine: bool) -> nn.BatchNorm2d:
    """Return a discrete network's (affine) or a search's, which is trained on a GPU for hours."""
    form = nn.BatchNorm2d if affine else UncountedBatchNorm2d
    return form(channels, affine=affine)


def shift_diagonally(x: Tensor) -> Tensor:
    """Drop the first row and column; odd sides get a zero at the end, to keep ⌈side/2⌉ steps."""
    height, width = x.shape[2:]
    if height % 2 or width % 2:
        x = F.pad(x, (0, width % 2, 0, height % 2))
    return x[:, :, 1:, 1:]


class ReLUConvBN(nn.Module):
    """ReLU, 1×1 convolution and batch norm: gives a cell's input the cell's channels."""

    def __init__(self, in_channels: int, out_channels: int, *, affine: bool) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
            _batch_norm(out_channels, affine=affine),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, in_channels, H, W] to [N, out_channels, H, W]."""
        return self.after_relu(F.relu(x))

    def after_relu(self, x: Tensor) -> Tensor:
        """Like `forward`, for images that have already passed the ReLU."""
        _, convolution, norm = self.layers
        normed: Tensor = norm(convolution(x))
        return normed


def input_preprocessing(
    layout: CellLayout, *, affine: bool
) -> tuple[FactorizedReduce | ReLUConvBN, ReLUConvBN]:
    """Return what fits a cell's two inputs to the cell: in channels and, if need be, in size."""
    first, second = layout.in_channels
    form = FactorizedReduce if layout.halve_first_input else ReLUConvBN
    return (
        form(first, layout.channels, affine=affine),
        ReLUConvBN(second, layout.channels, affine=affine),
    )


POOLINGS: Mapping[str, Callable[[Tensor, int], Tensor]] = MappingProxyType(
    {
        MAX_POOL: lambda x, stride: F.max_pool2d(x, 3, stride, padding=1),
        AVG_POOL: lambda x, stride: F.avg_pool2d(x, 3, stride, padding=1, count_include_pad=False),
    }
)


class DepthwiseConvolution(nn.Conv2d):
    """A depthwise convolution whose gradients are faster on CPUs than torch's own.

    They are so where oneDNN computes them: not in float64.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, C, H, W] to [N, C, ⌈H/stride⌉, ⌈W/stride⌉]."""
        if not self.training or x.device.type != "cpu" or x.dtype == torch.float64:
            return super().forward(x)
        stride, dilation = self.stride[0], self.dilation[0]
        (out,) = depthwise_fan(x, self.weight[None], stride=stride, dilation=dilation)
        return out


class SeparableConvolution(nn.Module):
    """ReLU, depthwise convolution, 1×1 convolution and batch norm, once for each pass."""

    def __init__(self, shape: Separable, channels: int, stride: int, *, affine: bool) -> None:
        super().__init__()
        padding = shape.dilation * (shape.kernel - 1) // 2
        layers: list[nn.Module] = []
        # The search's own network computes these convolutions several at once (pdarts_core.mixed);
        # the plain one, which it is held against, leaves them to torch.
        form = DepthwiseConvolution if affine else nn.Conv2d
        for step in (stride, 1)[: shape.passes]:
            depthwise = form(
                channels,
                channels,
                shape.kernel,
                step,
                padding,
                shape.dilation,
                groups=channels,
                bias=False,
            )
            pointwise = nn.Conv2d(channels, channels, 1, bias=False)
            layers += [nn.ReLU(), depthwise, pointwise, nn.BatchNorm2d(channels, affine=affine)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, C, H, W] to [N, C, ⌈H/stride⌉, ⌈W/stride⌉]."""
        out: Tensor = self.layers(x)
        return out


class Pooling(nn.Module):
    """Max or average pooling over 3×3 pixels, padded; the average leaves the padding out."""

    def __init__(self, name: str, stride: int) -> None:
        super().__init__()
        self.name = name
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, C, H, W] to [N, C, ⌈H/stride⌉, ⌈W/stride⌉]."""
        return POOLINGS[self.name](x, self.stride)


def make_operation(name: str, channels: int, stride: int, *, affine: bool) -> nn.Module:
    """Return a candidate operation by its name in PRIMITIVES.

    `affine` tells a discrete network's operations (True) from a search's (False): whether batch
    norm is affine, and poolings go without it.
    """
    if name == NONE:
        return Zero(stride)
    if name == SKIP_CONNECT:
        return nn.Identity() if stride == 1 else FactorizedReduce(channels, channels, affine=affine)
    if name in POOLINGS:
        pooling = Pooling(name, stride)
        return pooling if affine else nn.Sequential(pooling, nn.BatchNorm2d(channels, affine=False))
    return SeparableConvolution(SEPARABLE_CONVOLUTIONS[name], channels, stride, affine=affine)
