"""One step of training, for weights or for alphas."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pdarts_core.config import Precision, SearchConfig
from pdarts_core.images.batches import DeviceBatches
from pdarts_core.training.metrics import Tally
from pdarts_core.training.precision import autocast_in, products_in

ARCH_BETAS = (0.5, 0.999)
"""Adam's decay rates for the alphas (§4.2)."""


class Diverged(ArithmeticError):
    """The loss or an alpha is no finite number any more. Stage and epoch are counted from 1."""

    def __init__(self, stage: int, epoch: int) -> None:
        super().__init__(f"the loss is not finite in epoch {epoch} of stage {stage}")
        self.stage = stage
        self.epoch = epoch


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingStep:
    """Trains some of a network's parameters on a batch, while the others hold still.

    The same serves for weights and for alphas; batch-norm statistics move in both. The network
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

    def __call__(self, indices: Tensor) -> None:
        """Take one step on the images at `indices`, int64 [N] on the device."""
        for parameter in self.frozen:
            parameter.requires_grad = False
        for parameter in self.trained:
            parameter.requires_grad = True
        self.optimizer.zero_grad(set_to_none=True)
        for part in indices.tensor_split(self.accumulate):
            self._add_gradients(part, share=len(part) / len(indices))
        nn.utils.clip_grad_norm_(self.trained, self.grad_clip, foreach=True)
        self.optimizer.step()

    def changing(self) -> list[Tensor]:
        """Return every tensor that a step changes; the optimizer's own come last."""
        state = self.optimizer.state.values()
        remembered = (value for values in state for value in values.values())
        return [
            *self.network.state_dict().values(),
            self.tally.sums,
            *(value for value in remembered if isinstance(value, Tensor)),
        ]

    def _add_gradients(self, indices: Tensor, share: float) -> None:
        images, labels = self.batches.augmented(indices)
        with products_in(self.precision):
            with autocast_in(self.precision, images.device):
                logits = self.network(images)
            loss = F.cross_entropy(logits.float(), labels)
            torch.autograd.backward(loss * share, inputs=list(self.trained))
        self.tally.add(loss, logits, labels)


def weight_optimizer(
    parameters: Sequence[nn.Parameter], config: SearchConfig
) -> torch.optim.Optimizer:
    """Return SGD with momentum; its learning rate is a tensor, so that a captured step follows."""
    return torch.optim.SGD(
        parameters,
        lr=torch.tensor(config.learning_rate, device=parameters[0].device),
        momentum=config.momentum,
        weight_decay=config.weight_decay,
        fused=True,
    )


def arch_optimizer(
    parameters: Sequence[nn.Parameter], config: SearchConfig
) -> torch.optim.Optimizer:
    """Return Adam for the alphas."""
    return torch.optim.Adam(
        parameters,
        lr=config.arch_learning_rate,
        betas=ARCH_BETAS,
        weight_decay=config.arch_weight_decay,
        fused=True,
    )


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Change the learning rate of an optimizer whose rate is a tensor, in place."""
    for group in optimizer.param_groups:
        group["lr"].fill_(rate)
