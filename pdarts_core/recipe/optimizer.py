"""The optimizer of an evaluation: SGD with momentum on all parameters."""

import torch
from torch import nn

from pdarts_core.evaluation_config import EvaluationConfig


def make_optimizer(network: nn.Module, config: EvaluationConfig) -> torch.optim.Optimizer:
    """Return the optimizer, with the learning rate at its full value.

    The rate is a tensor, so that it can change in place.
    """
    parameters = list(network.parameters())
    device = parameters[0].device
    # CUDA's fused kernel reads a float32; on a CPU the rate is exact.
    kind = torch.float32 if device.type == "cuda" else torch.float64
    return torch.optim.SGD(
        parameters,
        lr=torch.tensor(config.learning_rate, device=device, dtype=kind),
        momentum=config.momentum,
        weight_decay=config.weight_decay,
        fused=True,
    )
