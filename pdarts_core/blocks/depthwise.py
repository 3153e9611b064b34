"""Depthwise convolutions of one image batch with several sets of kernels at once.

It computes the same as `F.conv2d`; only the way to its gradients differs. On a CPU, oneDNN has
fast kernels for undilated depthwise convolutions and, for the gradients of weights, for kernels
at most 3 wide; what is wider or dilated is brought into that form.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from pdarts_core.blocks.joining import pays_to_join

_FAST_WIDTH = 3
"""How wide a kernel may be for oneDNN to be fast on its weights' gradient."""


def depthwise_fan(x: Tensor, weights: Tensor, *, stride: int, dilation: int) -> tuple[Tensor, ...]:
    """Convolve x [N, C, H, W] depthwise with each of `weights` [E, C, 1, k, k], k odd.

    Returns E·C channels of ⌈H/stride⌉ × ⌈W/stride⌉ pixels, kernels in order: all in one tensor
    where that is faster, or in E tensors. They are zero-padded like the candidate operations.
    """
    if dilation == stride == 2:
        # A dilated kernel that moves in steps of 2 only ever meets every other pixel.
        even = x[:, :, ::2, ::2].contiguous(memory_format=torch.channels_last)
        return depthwise_fan(even, weights, stride=1, dilation=1)
    weights = _within_reach(weights, (max(x.shape[2:]) - 1) // dilation)
    if torch.is_autocast_enabled(x.device.type):
        dtype = torch.get_autocast_dtype(x.device.type)
        x, weights = x.to(dtype), weights.to(dtype)
    apply: Callable[..., tuple[Tensor, ...]] = _DepthwiseFan.apply
    return apply(x, weights, stride, dilation)


class _DepthwiseFan(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weights: Tensor, stride: int, dilation: int
    ) -> tuple[Tensor, ...]:
        ctx.save_for_backward(x, weights)
        ctx.stride, ctx.dilation = stride, dilation
        ctx.joined = len(weights) > 1 and pays_to_join(x)
        if ctx.joined:
            x, weights = _repeated(x, len(weights)), weights.flatten(0, 1)[None]
        return tuple(_convolve(x, weight, stride, dilation) for weight in weights)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, weights = ctx.saved_tensors
        needs_x, needs_weights, *_ = ctx.needs_input_grad
        kernels, like = len(weights), weights.shape
        if ctx.joined:
            x, weights = _repeated(x, kernels), weights.flatten(0, 1)[None]
        grad_x = grad_weights = None
        if needs_x:
            grad_x = input_gradient(x, weights, grads, ctx.stride, ctx.dilation)
            grad_x = _sum_of_repeated(grad_x, kernels) if ctx.joined else grad_x
        if needs_weights:
            grad_weights = weight_gradient(x, weights, grads, ctx.stride, ctx.dilation).view(like)
        return grad_x, grad_weights, None, None


def _repeated(x: Tensor, times: int) -> Tensor:
    """Return [N, C, H, W] several times side by side, [N, times·C, H, W]."""
    return torch.cat([x] * times, dim=1)


def _sum_of_repeated(grad: Tensor, times: int) -> Tensor:
    """Return the sum of what lies side by side, [N, times·C, H, W]."""
    first, second, *others = grad.chunk(times, dim=1)
    total = first + second
    for other in others:
        total += other
    return total


def _within_reach(weights: Tensor, reach: int) -> Tensor:
    """Cut the rim off kernels [E, C, 1, k, k] that only ever meets padding."""
    rim = max(weights.shape[-1] // 2 - reach, 0)
    size = weights.shape[-1] - 2 * rim
    return weights.narrow(-2, rim, size).narrow(-1, rim, size) if rim else weights


def _padding(kernel: int, dilation: int) -> int:
    return dilation * (kernel - 1) // 2


def _convolve(x: Tensor, weight: Tensor, stride: int, dilation: int) -> Tensor:
    padding = _padding(weight.shape[-1], dilation)
    return F.conv2d(x, weight, None, stride, padding, dilation, groups=x.shape[1])


def input_gradient(
    x: Tensor, weights: Tensor, grads: tuple[Tensor, ...], stride: int, dilation: int
) -> Tensor:
    """Return the gradient of x [N, C, H, W], from those of the E outputs."""
    padding = _padding(weights.shape[-1], dilation)
    total: Tensor | None = None
    for weight, grad in zip(weights, grads, strict=True):
        if stride == 1:
            # The same sum as a convolution with the kernel rotated, which has fast kernels
            # for dilated ones too.
            part = _convolve(grad, weight.flip(2, 3), 1, dilation)
        else:
            part = _backward(grad, x, weight, stride, (padding, padding), dilation, wants="x")
        total = part if total is None else total.add_(part)
    assert total is not None
    return total


def weight_gradient(
    x: Tensor, weights: Tensor, grads: tuple[Tensor, ...], stride: int, dilation: int
) -> Tensor:
    """Return the gradient of weights [E, C, 1, k, k], from those of the E outputs."""
    kernel = weights.shape[-1]
    if x.device.type == "cpu" and stride == 1 and dilation == 2:
        x, grads = _every_other_pixel(x), tuple(_every_other_pixel(grad) for grad in grads)
        dilation = 1
    padding = _padding(kernel, dilation)
    if x.device.type == "cpu":
        if stride == 1 and kernel > _FAST_WIDTH:
            return _weight_gradient_by_columns(x, weights, grads)
        if kernel > min(grads[0].shape[2:]):
            x, padding = _padded(x, padding), 0
    parts = [
        _backward(grad, x, weight, stride, (padding, padding), dilation, wants="weight")
        for weight, grad in zip(weights, grads, strict=True)
    ]
    return parts[0][None] if len(parts) == 1 else torch.stack(parts)


def _padded(x: Tensor, padding: int) -> Tensor:
    """Return x with its padding as pixels.

    Where kernels are higher than the images, oneDNN is some ten times slower at padding itself.
    """
    padded = F.pad(x, (padding, padding, padding, padding))
    return padded.contiguous(memory_format=torch.channels_last)


def _backward(
    grad: Tensor,
    x: Tensor,
    weight: Tensor,
    stride: int,
    padding: tuple[int, int],
    dilation: int,
    *,
    wants: str,
) -> Tensor:
    """Return the gradient of x or of one weight [C, 1, h, w], as torch computes it."""
    mask = [wants == "x", wants == "weight", False]
    gradients = torch.ops.aten.convolution_backward(
        grad,
        x,
        weight,
        bias_sizes=None,
        stride=[stride, stride],
        padding=padding,
        dilation=[dilation, dilation],
        transposed=False,
        output_padding=[0, 0],
        groups=x.shape[1],
        output_mask=mask,
    )
    gradient: Tensor = gradients[mask.index(True)]
    return gradient


def _every_other_pixel(x: Tensor) -> Tensor:
    """Return the four grids of every other pixel, [4N, C, ⌈H/2⌉, ⌈W/2⌉].

    A convolution with dilation 2 is one with dilation 1 on each of them.
    """
    images, channels, height, width = x.shape
    if height % 2 or width % 2:
        x = F.pad(x, (0, width % 2, 0, height % 2))
        height, width = x.shape[2:]
    grids = x.permute(0, 2, 3, 1).reshape(images, height // 2, 2, width // 2, 2, channels)
    grids = grids.permute(2, 4, 0, 1, 3, 5).reshape(-1, height // 2, width // 2, channels)
    return grids.permute(0, 3, 1, 2)


def _weight_gradient_by_columns(x: Tensor, weights: Tensor, grads: tuple[Tensor, ...]) -> Tensor:
    """Compute a few columns of the kernels at a time, each on x shifted to begin there."""
    kernel, width = weights.shape[-1], x.shape[-1]
    padded = _padded(x, kernel // 2)
    gradients: list[list[Tensor]] = [[] for _ in grads]
    for first in range(0, kernel, _FAST_WIDTH):
        columns = slice(first, first + _FAST_WIDTH)
        shifted = padded[..., first : min(columns.stop, kernel) + width - 1]
        shifted = shifted.contiguous(memory_format=torch.channels_last)
        for parts, weight, grad in zip(gradients, weights, grads, strict=True):
            part = weight[..., columns]
            parts.append(_backward(grad, shifted, part, 1, (0, 0), 1, wants="weight"))
    return torch.stack([torch.cat(parts, dim=-1) for parts in gradients])
