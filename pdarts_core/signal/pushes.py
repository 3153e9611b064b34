"""What pushes the alphas, step by step, kept on the device at the cost of a few tiny kernels."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pdarts_core.saved_state import STATE, saved
from pdarts_core.signal.evidence import BLOCKS, PushRecord


@dataclass(frozen=True, kw_only=True, eq=False)
class PushState:
    """The state of the pushes so far. All tensors are copies, on the CPU."""

    __pydantic_config__ = STATE

    steps: Tensor
    """How many there were in each block: float32 [blocks]."""
    sums: Tensor
    """Gradients, added up block by block: float32 [blocks, 2, 14, operations alive]."""
    places: Tensor
    """The alphas before the last step of each block; the same shape."""


class Pushes:
    """Adds up the alphas' gradients over the architecture epochs of a stage.

    Args:
        alphas: of the normal and of the reduction cell, [14, operations alive] each, as drawn.
        steps: how many steps the stage takes in all; they are divided among the blocks.
    """

    def __init__(self, alphas: Sequence[nn.Parameter], steps: int) -> None:
        self._alphas = alphas
        self._drawn = torch.stack([alpha.detach() for alpha in alphas])
        self._per_block = max(steps, 1) / BLOCKS
        self._steps = self._drawn.new_zeros(BLOCKS)
        self._sums = self._drawn.new_zeros(BLOCKS, *self._drawn.shape)
        self._places = torch.zeros_like(self._sums)

    @torch.no_grad()
    def add(self) -> None:
        """Take in the gradients of a step, before the optimizer moves the alphas.

        Nothing here waits for the device, so that a step can be captured.
        """
        gradients = torch.stack([alpha.grad for alpha in self._alphas if alpha.grad is not None])
        now = torch.stack([alpha.detach() for alpha in self._alphas])
        number = (self._steps.sum() / self._per_block).long().clamp(max=BLOCKS - 1)
        block = number.view(1)
        self._sums.index_add_(0, block, gradients[None])
        self._places.index_copy_(0, block, now[None])
        self._steps.index_add_(0, block, self._steps.new_ones(1))

    def tensors(self) -> list[Tensor]:
        """Return every tensor that a step changes."""
        return [self._steps, self._sums, self._places]

    def record(self) -> PushRecord:
        """Return what was kept as plain numbers; waits for the device."""
        return PushRecord(
            steps=[int(steps) for steps in self._steps.tolist()],
            sums=self._sums.tolist(),
            places=self._places.tolist(),
            drawn=self._drawn.tolist(),
        )

    def state(self) -> PushState:
        """Return a copy of the state, on the CPU."""
        return PushState(
            steps=saved(self._steps), sums=saved(self._sums), places=saved(self._places)
        )

    def restore(self, state: PushState) -> None:
        """Continue from a state, which stays as it is."""
        self._steps.copy_(state.steps)
        self._sums.copy_(state.sums)
        self._places.copy_(state.places)
