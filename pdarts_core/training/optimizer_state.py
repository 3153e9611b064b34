"""What an optimizer remembers, copied for a checkpoint and given back."""

import copy

import torch
from torch import Tensor

from pdarts_core.saved_state import saved

OptimizerState = dict[int, dict[str, Tensor]]
"""For each parameter, by its place in the optimizer's list, what the optimizer remembers."""


def saved_optimizer(optimizer: torch.optim.Optimizer) -> OptimizerState:
    """Return a copy, on the CPU."""
    return {
        index: {name: saved(value) for name, value in values.items()}
        for index, values in optimizer.state_dict()["state"].items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, state: OptimizerState) -> None:
    """Give an optimizer back what it remembered; the state stays as it is, and so do its rates."""
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": copy.deepcopy(state), "param_groups": groups})
