"""What batch norm is given, and what it keeps of its batches."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pdarts_core.kernels.folded_norm import Running
from pdarts_core.parallel.batch_share import BatchShare

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


@dataclass(frozen=True, kw_only=True, eq=False)
class BatchNorm:
    """What is done to U maps of C channels: a 1×1 convolution each, and the batch's norm."""

    pointwise: Tensor
    """Of the first V maps, [V, O, C]; the others have none, and as many outputs as channels."""
    shares: Tensor | None
    """[U], to sum the results with; None leaves them apart."""
    running: Running
    """What the batch's statistics move."""
    share: BatchShare
    """The part of the batch that the maps are of; statistics are of all of it."""

    def pixels(self, rows: Tensor) -> int:
        """Return how many pixels the batch has, of which rows [P, U·C] are a part."""
        return round(len(rows) / self.share.weight)
