"""One step of training a discrete network."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.network import Network
from pdarts_core.parallel.batch_share import WHOLE, BatchShare
from pdarts_core.training.precision import autocast_in, products_in


class StepResult(NamedTuple):
    """What a step measured before it changed the network: scalars, still on the device."""

    loss: Tensor
    """The main head's."""
    auxiliary_loss: Tensor
    """The auxiliary head's, before its weight; 0 without one."""
    gradient_norm: Tensor
    """Of all parameters together, before clipping."""


class Answered(NamedTuple):
    """What a step measured, and what the main head answered: logits [N, classes]."""

    result: StepResult
    logits: Tensor


def training_step(
    network: Network,
    optimizer: torch.optim.Optimizer,
    images: Tensor,
    labels: Tensor,
    config: EvaluationConfig,
    *,
    drop_path_prob: float = 0.0,
    generator: torch.Generator | None = None,
) -> StepResult:
    """Take one step on a batch.

    Args:
        network: with or without an auxiliary head; it is in training mode afterwards.
        optimizer: of its parameters.
        images: [N, 3, H, W], normalised and augmented.
        labels: int64 [N], or each image's share of every class, [N, classes] of the images' type.
        config: label smoothing, weight of the auxiliary loss, clipping, precision.
        drop_path_prob: how probably each path is dropped, for each image.
        generator: draws the paths, on the images' device; None: the device's own.
    """
    step = EvaluationStep(network, optimizer, config)
    return step(images, labels, drop_path_prob=drop_path_prob, generator=generator).result


class EvaluationStep(NamedTuple):
    """What `training_step` does, for batches of one training.

    Nothing here waits for the device.
    """

    network: Network
    optimizer: torch.optim.Optimizer
    config: EvaluationConfig
    parts: int = 1
    """In how many parts a batch is computed, one after the other, where memory is short; each has
    two images at least."""
    batch_share: BatchShare = WHOLE
    """Which part of each batch this process computes."""

    def __call__(
        self,
        images: Tensor,
        labels: Tensor,
        *,
        drop_path_prob: float,
        generator: torch.Generator | None,
    ) -> Answered:
        """Take one step on a batch; arguments as of `training_step`."""
        self.network.train()
        self.optimizer.zero_grad(set_to_none=True)
        parts = max(1, min(self.parts, len(images) // 2))
        losses = images.new_zeros(2, dtype=_full(images.dtype))
        answers: list[Tensor] = []
        mine = self.batch_share
        for some, of_them in zip(
            images.tensor_split(parts), labels.tensor_split(parts), strict=True
        ):
            with products_in(self.config.precision):
                own = mine.divide(len(some))
                with autocast_in(self.config.precision, images.device):
                    logits, auxiliary = self.network(some[own], drop_path_prob, generator)
                losses_of = self._loss(logits, of_them[own]), self._loss(auxiliary, of_them[own])
                both = torch.stack(losses_of) * (mine.weight * len(some) / len(images))
                torch.autograd.backward(both[0] + self.config.auxiliary_weight * both[1])
            losses += both.detach()
            answers.append(mine.gather(logits))
        mine.add_up(losses)
        mine.add_up_gradients(self.network.parameters())
        norm = nn.utils.clip_grad_norm_(
            self.network.parameters(), self.config.grad_clip, foreach=True
        )
        self.optimizer.step()
        return Answered(StepResult(losses[0], losses[1], norm), torch.cat(answers))

    def _loss(self, logits: Tensor | None, labels: Tensor) -> Tensor:
        if logits is None:
            return torch.zeros((), device=labels.device, dtype=_full(torch.float32))
        full = logits.to(_full(logits.dtype))
        return F.cross_entropy(full, labels, label_smoothing=self.config.label_smoothing)


def _full(kind: torch.dtype) -> torch.dtype:
    """Return the type to add up in: float32 at least."""
    return torch.promote_types(kind, torch.float32)
