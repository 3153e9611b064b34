"""What batch norm keeps of its batches."""

from dataclasses import dataclass

import torch
from torch import Tensor

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
