"""Batch norm folded into the 1×1 convolution before it, and both into the weighted sum after it.

For maps y with the 1×1 convolution P, the share s and batch norm without affine parameters,

    s · BN(P y) = A y + b    with    A = s · P / σ,    b = −s · P μ / σ,    σ² = diag(P Σ Pᵀ) + ε,

where μ and Σ are mean and covariance of y's channels over the batch. So neither P y nor its
normalised form is ever stored, only y. A node that sums many operations puts their maps side by
side, so that the sum is one matrix product. The gradient of A and b reaches y through Σ as one
more matrix product.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from pdarts_core.kernels.folded_norm import Running
from pdarts_core.mixed.batch_statistics import EPSILON, BatchNorm, BatchStatistics
from pdarts_core.mixed.side_by_side import (
    add_products,
    affine_each,
    affine_gradients,
    affine_sum,
    as_map,
    as_rows,
    in_a_row,
    in_one_row,
    side_by_side,
    squares,
    sum_gradients,
)
from pdarts_core.parallel.batch_share import WHOLE, BatchShare


def folded_batch(
    maps: Sequence[Tensor],
    pointwise: Tensor,
    shares: Tensor | None,
    batch_share: BatchShare = WHOLE,
) -> tuple[tuple[Tensor, ...], BatchStatistics]:
    """Convolve 1×1 and normalise with the batch's statistics.

    Args:
        maps: U maps of C channels, in tensors [N, n·C, H, W] of one or several side by side.
        pointwise: a 1×1 convolution for each, [U, O, C].
        shares: [U], to sum the results with; None leaves them apart.
        batch_share: the part of the batch that the maps are of; statistics are of all of it.

    Returns:
        One weighted sum [N, O, H, W], or the normalised maps in as many tensors as were given,
        [N, n·O, H, W]; and the batch's statistics.
    """
    dtype = maps[0].dtype
    apply: Callable[..., tuple[Tensor, ...]] = _FoldedBatch.apply
    with torch.autocast(maps[0].device.type, enabled=False):
        mean, variance, *outputs = apply(pointwise, shares, batch_share, *maps)
    count = batch_share.images_of(maps[0]) * maps[0].shape[2] * maps[0].shape[3]
    statistics = BatchStatistics(mean=mean, variance=variance, count=count)
    return tuple(output.to(dtype) for output in outputs), statistics


def folded_running(
    maps: Sequence[Tensor],
    pointwise: Tensor,
    shares: Tensor | None,
    running_mean: Tensor,
    running_var: Tensor,
) -> tuple[Tensor, ...]:
    """Like `folded_batch`, with running statistics [U, O] in place of the batch's."""
    matrices, biases = running_affine(pointwise, shares, running_mean, running_var)
    if shares is not None:
        maps = side_by_side(maps, pointwise.shape[2])
    rows = [as_rows(y, matrices.dtype) for y in maps]
    with torch.autocast(maps[0].device.type, enabled=False):
        if shares is None:
            outputs = affine_each(rows, matrices, biases)
        else:
            outputs = [affine_sum(rows, in_one_row(matrices), biases.sum(0))]
    return tuple(as_map(output, maps[0].shape[2:]).to(maps[0].dtype) for output in outputs)


def running_affine(
    pointwise: Tensor, shares: Tensor | None, running_mean: Tensor, running_var: Tensor
) -> tuple[Tensor, Tensor]:
    """Return A [U, O, C] and b [U, O], by running statistics [U, O]."""
    scale = (running_var + EPSILON).rsqrt()
    if shares is not None:
        scale = shares[:, None] * scale
    return scale[..., None] * pointwise, -scale * running_mean


def empty_pointwise(maps: int, channels: int) -> nn.Parameter | None:
    """Return room for the 1×1 convolutions of so many maps, [U, C, C]; None if there are none."""
    return nn.Parameter(torch.empty(maps, channels, channels)) if maps else None


class FoldedNorm(nn.Module):
    """Batch norm without affine parameters for U maps, after a 1×1 convolution each.

    Args:
        maps: how many, U.
        channels: of each output.
        unconvolved: how many of them, the last, have no 1×1 convolution.
    """

    running_mean: Tensor
    running_var: Tensor
    identities: Tensor

    def __init__(self, maps: int, channels: int, unconvolved: int = 0) -> None:
        super().__init__()
        self.batch_share = WHOLE
        self.register_buffer("running_mean", torch.zeros(maps, channels))
        self.register_buffer("running_var", torch.ones(maps, channels))
        identities = torch.eye(channels).repeat(unconvolved, 1, 1)
        self.register_buffer("identities", identities, persistent=False)

    def forward(
        self, maps: Sequence[Tensor], pointwise: Tensor | None, shares: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """Convolve, normalise and, with shares [U], sum: see `folded_batch`.

        `pointwise` has the 1×1 convolutions of the maps that have one; None if none has.
        """
        matrices = self._matrices(pointwise)
        if not self.training:
            return folded_running(maps, matrices, shares, self.running_mean, self.running_var)
        outputs, statistics = folded_batch(maps, matrices, shares, self.batch_share)
        statistics.update(self.running_mean, self.running_var)
        return outputs

    def of_batch(self, pointwise: Tensor | None, shares: Tensor | None) -> BatchNorm:
        """Return what kernels of our own normalise with."""
        return BatchNorm(
            pointwise=self.identities[:0] if pointwise is None else pointwise,
            shares=shares,
            running=Running(self.running_mean, self.running_var),
            share=self.batch_share,
        )

    def by_running(self, pointwise: Tensor | None, shares: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return what running statistics make of the maps: see `running_affine`."""
        return running_affine(
            self._matrices(pointwise), shares, self.running_mean, self.running_var
        )

    def _matrices(self, pointwise: Tensor | None) -> Tensor:
        """Return a matrix for each map, [U, O, C]."""
        if pointwise is None:
            return self.identities
        return torch.cat([pointwise, self.identities]) if len(self.identities) else pointwise

    def tensors_of(self, unit: int, prefix: str) -> Iterator[tuple[str, Tensor]]:
        """Yield the running statistics of one map, named as batch norm names them."""
        yield f"{prefix}.running_mean", self.running_mean[unit]
        yield f"{prefix}.running_var", self.running_var[unit]


class _FoldedBatch(torch.autograd.Function):
    """Takes pointwise [U, O, C], shares [U] or None, a BatchShare, and maps; see `folded_batch`.

    Gradients of weights and shares are of this process' images alone, as everywhere in a network.
    """

    @staticmethod
    def forward(
        ctx: Any, pointwise: Tensor, shares: Tensor | None, share: BatchShare, *maps: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.set_materialize_grads(False)
        ctx.widths = [y.shape[1] for y in maps]
        if shares is not None:
            maps = (*side_by_side(maps, pointwise.shape[2]),)
        dtype = torch.promote_types(maps[0].dtype, torch.float32)
        rows = [as_rows(y, dtype) for y in maps]
        ctx.share = share
        ctx.pixels = len(rows[0]) / share.weight
        mean, scatter = _moments(rows, pointwise.shape[2], len(maps[0]), share)
        # Nothing is read of what is multiplied by 0.
        spread = torch.baddbmm(pointwise, pointwise, scatter, beta=0, alpha=1 / ctx.pixels)
        variance = (spread * pointwise).sum(-1).clamp_min_(0)
        out_mean = _apply_each(pointwise, mean)
        inverse = (variance + EPSILON).rsqrt_()
        scale = inverse if shares is None else shares[:, None] * inverse
        matrices = scale[..., None] * pointwise
        ctx.has_shares = shares is not None
        if shares is None:
            outputs = affine_each(rows, matrices, (scale * out_mean).neg_())
        else:
            matrices = in_one_row(matrices)
            bias = torch.mv(matrices, mean.reshape(-1)).neg_()
            outputs = [affine_sum(rows, matrices, bias)]
        ctx.save_for_backward(pointwise, mean, spread, out_mean, inverse, scale, matrices, *maps)
        ctx.mark_non_differentiable(out_mean, variance)
        return out_mean, variance, *(as_map(output, maps[0].shape[2:]) for output in outputs)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        pointwise, mean, spread, out_mean, inverse, scale, matrices, *maps = ctx.saved_tensors
        grad_rows = [as_rows(grad, scale.dtype) for grad in grads[2:]]
        rows = [as_rows(y, scale.dtype) for y in maps]
        grad_matrices, grad_biases = affine_gradients(
            rows, grad_rows, pointwise.shape[1:], len(maps[0]), summed=ctx.has_shares
        )
        processes = ctx.share.processes
        if processes > 1:
            # Through the statistics, every map has a part in the outputs of all processes.
            grad_matrices, grad_biases = ctx.share.add_up_all([grad_matrices, grad_biases])

        grad_scale = torch.addcmul(
            (grad_matrices * pointwise).sum(-1), grad_biases, out_mean, value=-1
        )
        by_scale = grad_scale * inverse
        grad_shares = by_scale.sum(-1) if ctx.has_shares else None
        # What reaches variances and means has a minus sign, which stays outside until the end.
        variance_loss, mean_loss = by_scale * scale * inverse, scale * grad_biases
        grad_pointwise = None
        if ctx.needs_input_grad[0]:
            grad_pointwise = scale[..., None] * grad_matrices
            grad_pointwise.addcmul_(mean_loss[..., None], mean[:, None], value=-1)
            grad_pointwise.addcmul_(variance_loss[..., None], spread, value=-1)
        symmetric, constant = _through_statistics(
            pointwise, mean, mean_loss, variance_loss, ctx.pixels
        )
        if processes > 1:
            # These are of all images by now, and will be added up once more.
            grad_pointwise = None if grad_pointwise is None else grad_pointwise / processes
            grad_shares = None if grad_shares is None else grad_shares / processes

        if ctx.has_shares:
            through = sum_gradients(rows, grad_rows[0], matrices, constant)
        else:
            through = affine_each(grad_rows, matrices.mT, constant)
        add_products(through, rows, symmetric, factor=-1 / ctx.pixels)
        grad_maps = [as_map(part, maps[0].shape[2:]).to(maps[0].dtype) for part in through]
        if len(grad_maps) < len(ctx.widths):  # they were copied into one tensor
            grad_maps = list(torch.split(grad_maps[0], ctx.widths, dim=1))
        return grad_pointwise, grad_shares, None, *grad_maps


def _through_statistics(
    pointwise: Tensor, mean: Tensor, mean_loss: Tensor, variance_loss: Tensor, pixels: float
) -> tuple[Tensor, Tensor]:
    """Return S [U, C, C] and c [U, C]: maps y get c − S y / pixels through means and variances.

    Args:
        pointwise: [U, O, C].
        mean: of y, [U, C].
        mean_loss: the gradient of the outputs' means, negative, [U, O].
        variance_loss: that of their variances, times −2, [U, O].
        pixels: of the batch.
    """
    symmetric = pointwise.mT @ (variance_loss[..., None] * pointwise)
    constant = torch.baddbmm(
        pointwise.mT @ mean_loss[..., None],
        symmetric,
        mean[..., None],
        beta=-1 / pixels,
        alpha=1 / pixels,
    )
    return symmetric, constant.squeeze(-1)


def _apply_each(matrices: Tensor, vectors: Tensor) -> Tensor:
    """Multiply U matrices [U, O, C] with a vector each, [U, C]."""
    return (matrices @ vectors[..., None]).squeeze(-1)


def _moments(
    rows: Sequence[Tensor], channels: int, images: int, share: BatchShare
) -> tuple[Tensor, Tensor]:
    """Return mean [U, C] and scatter [U, C, C] of the channels of U maps, over the batch.

    The scatter is the covariance times the number of pixels.
    """
    mean = in_a_row([y.mean(0).view(-1, channels) for y in rows])
    scatter = squares(rows, channels, images)
    if not share.is_alone:
        mean, scatter = share.add_up_all([mean * share.weight, scatter])
    pixels = len(rows[0]) / share.weight
    return mean, torch.addcmul(scatter, mean[..., None], mean[:, None], value=-pixels)
