"""Validation: how well a network performs on images that did not train its weights."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pdarts_core.config_fields import Precision
from pdarts_core.images.batches import DeviceBatches
from pdarts_core.parallel.batch_share import WHOLE, BatchShare
from pdarts_core.saved_state import STATE, saved
from pdarts_core.signal.class_counts import ClassCounts
from pdarts_core.training.metrics import ClassTally, Scores, Tally
from pdarts_core.training.precision import autocast_in, products_in
from pdarts_core.training.usage import Stopwatch

Forward = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Takes a batch's indices; returns the logits of the images that this process computes, and the
labels of all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ValidationState:
    """How far the validation of an epoch has got, after all its steps."""

    __pydantic_config__ = STATE

    position: int
    """How many batches are done."""
    sums: Tensor
    """What was measured on them, as a Tally keeps it."""
    seconds: float
    """Time that they took."""
    classes: Tensor | None = None
    """What was counted on them, as a ClassTally keeps it; None in older checkpoints."""


@dataclass(frozen=True, kw_only=True)
class Validated:
    """What a pass measured."""

    scores: Scores
    classes: ClassCounts
    seconds: float


class Validation:
    """Measures a network batch by batch, without augmentation, with running statistics.

    Nothing in the network changes but its mode, which is evaluation until `end`.

    Args:
        network: what is measured.
        batches: where images come from.
        indices: which of them are measured on: int64 [n] on the device.
        num_classes: how many the network tells apart.
        batch_size: how many at a time; the last batch may be smaller.
        precision: the numbers that the network computes with.
        batch_share: the part of each batch that this process computes; it measures all of it.
    """

    def __init__(
        self,
        network: nn.Module,
        batches: DeviceBatches,
        indices: Tensor,
        *,
        num_classes: int,
        batch_size: int,
        precision: Precision,
        batch_share: BatchShare = WHOLE,
    ) -> None:
        self.position = 0
        """How many batches are done."""
        self._network = network
        self._batches = batches
        self._parts = torch.split(indices, batch_size)
        self._precision = precision
        self._share = batch_share
        self._run: Forward = self._forward
        self._fixed_size: int | None = None
        self._tally = Tally(indices.device)
        self._classes = ClassTally(num_classes, indices.device)
        self._watch = Stopwatch()

    @property
    def batches_per_pass(self) -> int:
        """As many as it takes to see every image once."""
        return len(self._parts)

    def use_recording(self, record: Callable[[Forward, Tensor], Forward]) -> None:
        """Compute with a recording of the network from now on.

        A last, smaller batch is filled up to the others' size; what fills it is not counted.

        Args:
            record: returns a recording, given what to record and the first batch's indices.
        """
        was_training = self._network.training
        self._network.eval()
        try:
            with products_in(self._precision):
                self._run = record(self._forward, self._parts[0])
        finally:
            # Where nothing can be recorded, the stage trains on without.
            self._network.train(was_training)
        self._fixed_size = len(self._parts[0])

    @torch.no_grad()
    def advance(self) -> None:
        """Measure on the next batch."""
        indices = self._parts[self.position]
        filled = self._filled_up(indices)
        with self._watch.running(), products_in(self._precision):
            self._network.eval()
            self._share.divide(len(filled))
            own, all_labels = self._run(filled)
            logits, labels = self._share.gather(own)[: len(indices)], all_labels[: len(indices)]
            self._tally.add(F.cross_entropy(logits.float(), labels), logits, labels)
            self._classes.add(logits, labels)
        self.position += 1

    def _forward(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        images, labels = self._batches.plain(indices)
        own = self._share.divide(len(images))
        with autocast_in(self._precision, indices.device):
            return self._network(images[own]), labels

    def _filled_up(self, indices: Tensor) -> Tensor:
        missing = 0 if self._fixed_size is None else self._fixed_size - len(indices)
        return torch.cat([indices, indices[:1].expand(missing)]) if missing else indices

    def end(self) -> "Validated":
        """Return what was measured, and prepare for another pass."""
        with self._watch.running():
            scores, classes = self._tally.take(), self._classes.take()
            self._network.train()
        self.position = 0
        return Validated(scores=scores, classes=classes, seconds=self._watch.take())

    def state(self) -> ValidationState:
        """Return a copy of the state of the pass, on the CPU."""
        return ValidationState(
            position=self.position,
            sums=saved(self._tally.sums),
            seconds=self._watch.seconds,
            classes=saved(self._classes.sums),
        )

    def restore(self, state: ValidationState) -> None:
        """Continue from a state, which stays as it is."""
        if state.classes is None:
            # Begun before classes were counted: all of it is measured again.
            return
        self.position, self._watch.seconds = state.position, state.seconds
        self._tally.sums.copy_(state.sums)
        self._classes.sums.copy_(state.classes)
