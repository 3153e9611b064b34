"""Batch norm folded into the 1×1 convolution before it, and both into the weighted sum after it.

For maps y with the 1×1 convolution P, the share s and batch norm without affine parameters,

    s · BN(P y) = A y + b    with    A = s · P / σ,    b = −s · P μ / σ,    σ² = diag(P Σ Pᵀ) + ε,

where μ and Σ are mean and covariance of y's channels over the batch. So neither P y nor its
normalised form is ever stored, only y; and a node that sums many operations adds one matrix
product for each of them. The gradient of A and b reaches y through Σ as one more matrix product.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from pdarts_core.parallel.batch_share import WHOLE, BatchShare

EPSILON = 1e-5
"""What batch norm adds to variances."""
MOMENTUM = 0.1
"""How far batch norm's running statistics move with each batch."""


@dataclass(frozen=True, kw_only=True, eq=False)
class BatchStatistics:
    """Of each map and output channel, [U, O]: what batch norm keeps running averages of."""

    mean: Tensor
    variance: Tensor
    """Biased, over `count` values."""
    count: int

    @torch.no_grad()
    def update(self, running_mean: Tensor, running_var: Tensor) -> None:
        """Move running statistics [U, O] towards these, as batch norm does."""
        unbiased = self.count / max(self.count - 1, 1)
        running_mean.lerp_(self.mean.to(running_mean.dtype), MOMENTUM)
        running_var.lerp_((self.variance * unbiased).to(running_var.dtype), MOMENTUM)


def folded_batch(
    maps: Sequence[Tensor],
    pointwise: Tensor,
    shares: Tensor | None,
    batch_share: BatchShare = WHOLE,
) -> tuple[tuple[Tensor, ...], BatchStatistics]:
    """Convolve 1×1 and normalise with the batch's statistics.

    Args:
        maps: U maps [N, C, H, W].
        pointwise: a 1×1 convolution for each, [U, O, C].
        shares: [U], to sum the results with; None leaves them apart.
        batch_share: the part of the batch that the maps are of; statistics are of all of it.

    Returns:
        One weighted sum, or U normalised maps, [N, O, H, W]; and the batch's statistics.
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
    scale = (running_var + EPSILON).rsqrt()
    if shares is not None:
        scale = shares[:, None] * scale
    matrices, biases = scale[..., None] * pointwise, -scale * running_mean
    with torch.autocast(maps[0].device.type, enabled=False):
        outputs = _affine(maps, matrices, biases, summed=shares is not None)
    return tuple(output.to(maps[0].dtype) for output in outputs)


class FoldedNorm(nn.Module):
    """Batch norm without affine parameters for U maps [N, C, H, W], after a 1×1 convolution each.

    Args:
        maps: how many, U.
        channels: of each output.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, maps: int, channels: int) -> None:
        super().__init__()
        self.batch_share = WHOLE
        self.register_buffer("running_mean", torch.zeros(maps, channels))
        self.register_buffer("running_var", torch.ones(maps, channels))

    def forward(
        self, maps: Sequence[Tensor], pointwise: Tensor, shares: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """Convolve, normalise and, with shares [U], sum: see `folded_batch`."""
        if not self.training:
            return folded_running(maps, pointwise, shares, self.running_mean, self.running_var)
        outputs, statistics = folded_batch(maps, pointwise, shares, self.batch_share)
        statistics.update(self.running_mean, self.running_var)
        return outputs

    def tensors_of(self, unit: int, prefix: str) -> Iterator[tuple[str, Tensor]]:
        """Yield the running statistics of one map, named as batch norm names them."""
        yield f"{prefix}.running_mean", self.running_mean[unit]
        yield f"{prefix}.running_var", self.running_var[unit]


class _FoldedBatch(torch.autograd.Function):
    """Takes pointwise [U, O, C], shares [U] or None, a BatchShare, and U maps; see `folded_batch`.

    Gradients of weights and shares are of this process' images alone, as everywhere in a network.
    """

    @staticmethod
    def forward(
        ctx: Any, pointwise: Tensor, shares: Tensor | None, share: BatchShare, *maps: Tensor
    ) -> tuple[Tensor, ...]:
        mean, covariance = _moments(maps, share)
        spread = pointwise @ covariance
        variance = (spread * pointwise).sum(-1).clamp_min_(0)
        out_mean = _apply_each(pointwise, mean)
        inverse = (variance + EPSILON).rsqrt_()
        scale = inverse if shares is None else shares[:, None] * inverse
        matrices = scale[..., None] * pointwise
        outputs = _affine(maps, matrices, -scale * out_mean, summed=shares is not None)
        ctx.has_shares = shares is not None
        ctx.share, ctx.weight = share, None if share.is_alone else share.weight
        ctx.save_for_backward(pointwise, mean, spread, out_mean, inverse, scale, *maps)
        ctx.mark_non_differentiable(out_mean, variance)
        return out_mean, variance, *outputs

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        pointwise, mean, spread, out_mean, inverse, scale, *maps = ctx.saved_tensors
        rows = [_rows(grad, scale.dtype) for grad in grads[2:]]
        rows *= len(maps) // len(rows)
        grad_matrices, grad_biases = _affine_gradients(rows, maps)
        pixels, processes = float(len(rows[0])), 1
        if ctx.weight is not None:
            # Through the statistics, every map has a part in the outputs of all processes.
            grad_matrices, grad_biases = _add_up(ctx.share, grad_matrices, grad_biases)
            pixels, processes = pixels / ctx.weight, ctx.share.processes

        grad_scale = (grad_matrices * pointwise).sum(-1) - grad_biases * out_mean
        grad_shares = (grad_scale * inverse).sum(-1) if ctx.has_shares else None
        grad_variance = -0.5 * grad_scale * scale * inverse * inverse
        grad_out_mean = -scale * grad_biases
        weighted = grad_variance[..., None] * pointwise
        grad_pointwise = (
            scale[..., None] * grad_matrices
            + grad_out_mean[..., None] * mean[:, None]
            + 2 * grad_variance[..., None] * spread
        )
        grad_covariance = pointwise.mT @ weighted
        grad_mean = _apply_each(pointwise.mT, grad_out_mean) - 2 * _apply_each(
            grad_covariance, mean
        )
        matrices = scale[..., None] * pointwise
        symmetric, constant = (2 / pixels) * grad_covariance, grad_mean / pixels
        grad_maps = [
            _map_gradient(row, y, matrices[u], symmetric[u], constant[u]) if needed else None
            for u, (row, y, needed) in enumerate(
                zip(rows, maps, ctx.needs_input_grad[3:], strict=True)
            )
        ]
        if processes > 1:
            # These are of all images by now, and will be added up once more.
            grad_pointwise = grad_pointwise / processes
            grad_shares = None if grad_shares is None else grad_shares / processes
        return grad_pointwise, grad_shares, None, *grad_maps


def _rows(y: Tensor, dtype: torch.dtype) -> Tensor:
    """View [N, C, H, W] as pixels [N·H·W, C]; no copy where channels come last in memory."""
    return y.permute(0, 2, 3, 1).reshape(-1, y.shape[1]).to(dtype)


def _map(rows: Tensor, like: Tensor) -> Tensor:
    """View pixels [N·H·W, C] as [N, C, H, W]."""
    images, _, height, width = like.shape
    return rows.view(images, height, width, -1).permute(0, 3, 1, 2)


def _apply_each(matrices: Tensor, vectors: Tensor) -> Tensor:
    """Multiply U matrices [U, O, C] with a vector each, [U, C]."""
    return (matrices @ vectors[..., None]).squeeze(-1)


def _products(left: Tensor, right: Tensor, images: int) -> Tensor:
    """Return leftᵀ right of pixels [N·L, O] and [N·L, C], image by image and then summed.

    Many small products keep every processor busy where one with a long sum would not.
    """
    left, right = (rows.view(images, -1, rows.shape[1]) for rows in (left, right))
    return torch.bmm(left.mT, right).sum(0)


def _moments(maps: Sequence[Tensor], share: BatchShare) -> tuple[Tensor, Tensor]:
    """Return mean [U, C] and covariance [U, C, C] of the channels of U maps, over the batch."""
    dtype = torch.promote_types(maps[0].dtype, torch.float32)
    means, products = [], []
    for y in maps:
        rows = _rows(y, dtype)
        means.append(rows.mean(0))
        products.append(_products(rows, rows, len(y)).div_(len(rows)))
    mean, product = torch.stack(means), torch.stack(products)
    if not share.is_alone:
        mean, product = _add_up(share, mean * share.weight, product * share.weight)
    return mean, product - mean[..., None] * mean[:, None]


def _add_up(share: BatchShare, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Return the sums of two tensors over all processes, which exchange them in one piece."""
    both = share.add_up(torch.cat([first.reshape(-1), second.reshape(-1)]))
    parts = torch.split(both, [first.numel(), second.numel()])
    return parts[0].view(first.shape), parts[1].view(second.shape)


def _affine(
    maps: Sequence[Tensor], matrices: Tensor, biases: Tensor, *, summed: bool
) -> list[Tensor]:
    """Return A y + b for each map, or their sum: matrices [U, O, C], biases [U, O]."""
    rows = [_rows(y, matrices.dtype) for y in maps]
    if not summed:
        products = [torch.addmm(b, y, a.T) for b, y, a in zip(biases, rows, matrices, strict=True)]
        return [_map(product, maps[0]) for product in products]
    total = torch.addmm(biases.sum(0), rows[0], matrices[0].T)
    for y, matrix in zip(rows[1:], matrices[1:], strict=True):
        total.addmm_(y, matrix.T)
    return [_map(total, maps[0])]


def _affine_gradients(rows: Sequence[Tensor], maps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return the gradients of A [U, O, C] and b [U, O], from those of U outputs [N·H·W, O]."""
    matrices = [_products(g, _rows(y, g.dtype), len(y)) for g, y in zip(rows, maps, strict=True)]
    sums: dict[int, Tensor] = {}
    for g in rows:
        if id(g) not in sums:
            sums[id(g)] = g.sum(0)
    return torch.stack(matrices), torch.stack([sums[id(g)] for g in rows])


def _map_gradient(
    grad: Tensor, y: Tensor, matrix: Tensor, symmetric: Tensor, constant: Tensor
) -> Tensor:
    """Return the gradient of one map: through A y + b, and through the batch's statistics."""
    rows = torch.addmm(constant, grad, matrix)
    rows.addmm_(_rows(y, grad.dtype), symmetric)
    return _map(rows, y).to(y.dtype)
