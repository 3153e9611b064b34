"""Batch norm over the parts of a batch that several processes hold."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from pdarts_core.parallel.batch_share import BatchShare

_OVER_IMAGES = (0, 2, 3)


class SharedBatchNorm2d(nn.BatchNorm2d):
    """Batch norm of the whole batch, for a process that has a part of it.

    Args:
        norm: whose parameters and statistics it takes over.
        share: the process' part.
    """

    def __init__(self, norm: nn.BatchNorm2d, share: BatchShare) -> None:
        super().__init__(
            norm.num_features, eps=norm.eps, momentum=norm.momentum, affine=norm.affine
        )
        self.weight, self.bias = norm.weight, norm.bias
        for name, buffer in norm.named_buffers():
            self.register_buffer(name, buffer)
        self._share = share
        self._counts = getattr(norm, "counts_batches", True)
        self.train(norm.training)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, C, H, W] to its normalised form."""
        if not self.training:
            return super().forward(x)
        apply: Callable[..., tuple[Tensor, Tensor, Tensor]] = _SharedNorm.apply
        with torch.autocast(x.device.type, enabled=False):
            y, mean, variance = apply(x, self.weight, self.bias, self.eps, self._share)
        self._follow(mean, variance, self._share.images_of(x) * x.shape[2] * x.shape[3])
        return y

    @torch.no_grad()
    def _follow(self, mean: Tensor, variance: Tensor, count: int) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        momentum = 0.1 if self.momentum is None else self.momentum
        unbiased = variance * (count / max(count - 1, 1))
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), momentum)
        self.running_var.lerp_(unbiased.to(self.running_var.dtype), momentum)
        if self._counts:
            self.num_batches_tracked += 1


class _SharedNorm(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        epsilon: float,
        share: BatchShare,
    ) -> tuple[Tensor, Tensor, Tensor]:
        full = x.to(torch.promote_types(x.dtype, torch.float32))
        own = torch.stack([full.mean(_OVER_IMAGES), full.var(_OVER_IMAGES, correction=0)])
        mean, variance = _together(share.from_each(own), share.weights_like(own))
        inverse = (variance + epsilon).rsqrt()
        ctx.save_for_backward(x, mean, inverse, weight)
        ctx.share, ctx.weight = share, share.weight
        y = (full - _wide(mean)) * _wide(inverse if weight is None else inverse * weight)
        y = y if bias is None else y + _wide(bias)
        ctx.mark_non_differentiable(mean, variance)
        return y.to(x.dtype), mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        x, mean, inverse, weight = ctx.saved_tensors
        grad = grad.to(mean.dtype)
        normal = (x.to(mean.dtype) - _wide(mean)) * _wide(inverse)
        own = torch.stack([grad.sum(_OVER_IMAGES), (grad * normal).sum(_OVER_IMAGES)])
        grad_bias, grad_weight = own.clone()
        of_all = ctx.share.add_up(own) * (ctx.weight * x.shape[1] / x.numel())
        scale = inverse if weight is None else inverse * weight
        grad_x = _wide(scale) * (grad - _wide(of_all[0]) - normal * _wide(of_all[1]))
        is_affine = weight is not None
        return (
            grad_x.to(x.dtype),
            grad_weight if is_affine else None,
            grad_bias if is_affine else None,
            None,
            None,
        )


def _together(parts: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and variance [C] of the whole, from those of its parts: [P, 2, C]."""
    means, variances = parts.unbind(1)
    mean = (weights[:, None] * means).sum(0)
    return mean, (weights[:, None] * (variances + (means - mean).square())).sum(0)


def _wide(of_channels: Tensor) -> Tensor:
    return of_channels[:, None, None]
