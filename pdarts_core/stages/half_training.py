"""Training on one half of the images: of the weights, or of the alphas."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from pdarts_core.images.sampling import ShuffledBatches
from pdarts_core.saved_state import STATE, saved
from pdarts_core.training.optimizer_state import (
    OptimizerState,
    restore_optimizer,
    saved_optimizer,
)
from pdarts_core.training.step import TrainingStep


@dataclass(frozen=True, kw_only=True, eq=False)
class HalfState:
    """The state of training the weights, or the alphas, on its half of the images."""

    __pydantic_config__ = STATE

    optimizer: OptimizerState
    sums: Tensor
    """The unfinished epoch's metrics, as a Tally keeps them."""
    order: Tensor
    """The half's indices in the order of the current pass: int64 [n]."""
    position: int
    """How many batches of the pass are done."""


class HalfTraining:
    """A kind of step and the batches that it takes, one after the other.

    Args:
        step: what is done with each batch.
        order: which batch comes next.
    """

    def __init__(self, step: TrainingStep, order: ShuffledBatches) -> None:
        self.step = step
        self.order = order
        self.run: Callable[[Tensor], None] = step
        """The step, or a recording of it."""

    def advance(self) -> None:
        """Take the step on the next batch."""
        self.run(self.order.next())

    def state(self) -> HalfState:
        """Return a copy of this training's state, on the CPU."""
        order, position = self.order.place()
        return HalfState(
            optimizer=saved_optimizer(self.step.optimizer),
            sums=saved(self.step.tally.sums),
            order=order,
            position=position,
        )

    def restore(self, state: HalfState) -> None:
        """Continue from a state, which stays as it is."""
        restore_optimizer(self.step.optimizer, state.optimizer)
        self.step.tally.sums.copy_(state.sums)
        self.order.go_to(state.order, state.position)
