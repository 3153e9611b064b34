"""One step of training, for weights or for alphas."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pdarts_core.config_fields import Precision
from pdarts_core.images.batches import DeviceBatches
from pdarts_core.parallel.batch_share import WHOLE, BatchShare
from pdarts_core.signal.pushes import Pushes
from pdarts_core.training.metrics import Tally
from pdarts_core.training.precision import autocast_in, products_in


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingStep:
    """Trains some of a network's parameters on a batch, while the others stay fixed.

    It works for both weights and alphas; batch-norm statistics move in both. The network
    must be in training mode. Nothing here waits for the device, so that a step can be captured.
    """

    network: nn.Module
    trained: Sequence[nn.Parameter]
    frozen: Sequence[nn.Parameter]
    optimizer: torch.optim.Optimizer
    grad_clip: float
    batches: DeviceBatches
    tally: Tally
    precision: Precision
    accumulate: int = 1
    """Parts that a batch is computed in, one after the other, where memory is short."""
    pushes: Pushes | None = None
    """Keeps the gradients of what is trained, before they are clipped."""
    batch_share: BatchShare = WHOLE
    """Which part of each batch this process computes."""

    def __call__(self, indices: Tensor) -> None:
        """Take one step on the images at `indices`, int64 [N] on the device."""
        for parameter in self.frozen:
            parameter.requires_grad = False
        for parameter in self.trained:
            parameter.requires_grad = True
        self.optimizer.zero_grad(set_to_none=True)
        for part in indices.tensor_split(self.accumulate):
            self._add_gradients(part, share=len(part) / len(indices))
        self.batch_share.add_up_gradients(self.trained)
        if self.pushes is not None:
            self.pushes.add()
        nn.utils.clip_grad_norm_(self.trained, self.grad_clip, foreach=True)
        self.optimizer.step()

    def changing(self) -> list[Tensor]:
        """Return every tensor that a step changes; the optimizer's own come last."""
        state = self.optimizer.state.values()
        remembered = (value for values in state for value in values.values())
        return [
            *self.network.state_dict().values(),
            self.tally.sums,
            *(self.pushes.tensors() if self.pushes is not None else ()),
            *(value for value in remembered if isinstance(value, Tensor)),
        ]

    def _add_gradients(self, indices: Tensor, share: float) -> None:
        images, labels = self.batches.augmented(indices)
        mine = self.batch_share
        own = mine.divide(len(indices))
        with products_in(self.precision):
            with autocast_in(self.precision, images.device):
                logits = self.network(images[own])
            full = logits.to(torch.promote_types(logits.dtype, torch.float32))
            loss = F.cross_entropy(full, labels[own])
            torch.autograd.backward(loss * (share * mine.weight), inputs=list(self.trained))
        self.tally.add(mine.mean(loss), mine.gather(logits), labels)
