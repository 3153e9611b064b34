"""What pushes the alphas, step by step, kept on the device at the cost of a few tiny kernels."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from pydantic import ConfigDict
from torch import Tensor, nn

from pdarts_core.signal.evidence import BLOCKS, PushRecord


@dataclass(frozen=True, kw_only=True, eq=False)
class PushState:
    """The state of the pushes so far. All tensors are copies, on the CPU."""

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    steps: Tensor
    """How many there were: int64 []."""
    sums: Tensor
    """Gradients, added up block by block: float32 [blocks, 2, 14, operations alive]."""
    falls: Tensor
    """What the loss fell by, and its square, added up: float32 [2]."""
    before: Tensor
    """The alphas before the latest step: float32 [2, 14, operations alive]."""


class Pushes:
    """Adds up the alphas' gradients over the architecture epochs of a stage.

    Args:
        alphas: of the normal and of the reduction cell, [14, operations alive] each.
        steps: how many steps the stage takes in all; they are divided among the blocks.
    """

    def __init__(self, alphas: Sequence[nn.Parameter], steps: int) -> None:
        start = torch.stack([alpha.detach() for alpha in alphas])
        self._alphas = alphas
        self._planned = max(steps, 1)
        self._steps = torch.zeros((), dtype=torch.int64, device=start.device)
        self._sums = start.new_zeros(BLOCKS, *start.shape)
        self._falls = start.new_zeros(2)
        self._drawn = start
        self._before = start.clone()

    @torch.no_grad()
    def add(self) -> None:
        """Take in the gradients of a step, before the optimizer moves the alphas.

        Nothing here waits for the device, so that a step can be captured.
        """
        gradients = torch.stack([alpha.grad for alpha in self._alphas if alpha.grad is not None])
        now = torch.stack([alpha.detach() for alpha in self._alphas])
        # The previous step's move against this step's gradient, which other images gave: the move
        # was not fitted to them, so that noise alone adds up to nothing.
        fall = -(gradients * (now - self._before)).sum()
        self._falls += torch.stack([fall, fall.square()])
        block = (
            (self._steps * BLOCKS).div(self._planned, rounding_mode="floor").clamp(max=BLOCKS - 1)
        )
        self._sums.index_add_(0, block.view(1), gradients[None])
        self._before.copy_(now)
        self._steps += 1

    def tensors(self) -> list[Tensor]:
        """Return every tensor that a step changes."""
        return [self._steps, self._sums, self._falls, self._before]

    def record(self) -> PushRecord:
        """Return what was kept as plain numbers; waits for the device."""
        fall, squares = self._falls.double().tolist()
        return PushRecord(
            steps=int(self._steps),
            planned=self._planned,
            sums=self._sums.tolist(),
            drawn=self._drawn.tolist(),
            fall=fall,
            fall_squares=squares,
        )

    def state(self) -> PushState:
        """Return a copy of the state, on the CPU."""
        return PushState(
            steps=_copy(self._steps),
            sums=_copy(self._sums),
            falls=_copy(self._falls),
            before=_copy(self._before),
        )

    def restore(self, state: PushState | None) -> None:
        """Continue from a state, which stays as it is; from the alphas as they are if it is None.

        None comes from checkpoints from before pushes were kept: those before it are missed.
        """
        if state is None:
            self._before.copy_(torch.stack([alpha.detach() for alpha in self._alphas]))
            return
        self._steps.copy_(state.steps)
        self._sums.copy_(state.sums)
        self._falls.copy_(state.falls)
        self._before.copy_(state.before)


def _copy(value: Tensor) -> Tensor:
    return value.detach().to("cpu", copy=True)
