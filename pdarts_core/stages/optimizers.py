"""The optimizers of a search: SGD for weights, Adam for alphas."""

from collections.abc import Sequence

import torch
from torch import nn

from pdarts_core.config import SearchConfig

ARCH_BETAS = (0.5, 0.999)
"""Adam's decay rates for the alphas (§4.2)."""


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
