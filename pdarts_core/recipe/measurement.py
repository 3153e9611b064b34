"""How well a discrete network does on images that did not train it."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from pdarts_core.config_fields import Precision
from pdarts_core.network import Network
from pdarts_core.parallel.batch_share import WHOLE, BatchShare
from pdarts_core.recipe.batches import RecipeBatches
from pdarts_core.recipe.checkpoint import Counted, MeasurementState
from pdarts_core.recipe.figures import (
    Measured,
    WrongImage,
    balanced,
    class_counts,
    class_figures,
    mean_loss,
    share,
)
from pdarts_core.saved_state import saved
from pdarts_core.training.metrics import TOP
from pdarts_core.training.precision import autocast_in, products_in
from pdarts_core.training.usage import Stopwatch

MOST_WRONG = 36
"""How many wrong images are kept."""


class Measurement:
    """Measures a network batch by batch, without augmentation, with running statistics.

    Nothing in the network changes but its mode, which is evaluation afterwards.

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
        network: Network,
        batches: RecipeBatches,
        indices: Tensor,
        *,
        num_classes: int,
        batch_size: int,
        precision: Precision,
        batch_share: BatchShare = WHOLE,
    ) -> None:
        self.position = 0
        """How many batches are done."""
        self.watch = Stopwatch()
        """The time that they took."""
        self._network = network
        self._batches = batches
        self._parts = torch.split(indices, batch_size) if len(indices) else ()
        self._precision = precision
        self._share = batch_share
        device = indices.device
        self._sums = torch.zeros(3, dtype=torch.float64, device=device)
        self._confusion = torch.zeros(num_classes**2, dtype=torch.int64, device=device)
        self._wrong = torch.zeros(4, 0, dtype=torch.float64, device=device)

    @property
    def batches_per_pass(self) -> int:
        """As many as it takes to see every image once."""
        return len(self._parts)

    @torch.no_grad()
    def advance(self) -> None:
        """Measure on the next batch."""
        indices = self._parts[self.position]
        with self.watch.running(), products_in(self._precision):
            self._network.eval()
            images, labels = self._batches.plain(indices)
            with autocast_in(self._precision, indices.device):
                own = self._share.divide(len(images))
                logits = self._share.gather(self._network(images[own])[0])
            self._add(logits.float(), labels, indices)
        self.position += 1

    def end(self) -> Counted:
        """Return what was counted, and prepare for another pass; waits for the device."""
        with self.watch.running():
            counted = self._counted()
        self._sums.zero_()
        self._confusion.zero_()
        self._wrong = self._wrong[:, :0]
        self.position = 0
        return counted

    def state(self) -> MeasurementState:
        """Return a copy of the state of the pass, on the CPU."""
        return MeasurementState(
            position=self.position, counted=self._counted(), seconds=self.watch.seconds
        )

    def restore(self, state: MeasurementState) -> None:
        """Continue from a state, which stays as it is."""
        self.position, self.watch.seconds = state.position, state.seconds
        self._sums.copy_(state.counted.sums)
        self._confusion.copy_(state.counted.confusion.flatten())
        self._wrong = state.counted.wrong.to(self._wrong.device, copy=True)

    def _add(self, logits: Tensor, labels: Tensor, indices: Tensor) -> None:
        losses = F.cross_entropy(logits, labels, reduction="none").double()
        likeliest = logits.topk(min(TOP, logits.shape[1])).indices
        top5 = (likeliest == labels[:, None]).sum()
        self._sums += torch.stack([losses.sum(), losses.square().sum(), top5.double()])
        places = labels * logits.shape[1] + logits.argmax(1)
        self._confusion.scatter_add_(0, places, torch.ones_like(places))
        sure, taken_for = logits.softmax(1).max(1)
        # What was right comes last, with less than any probability.
        sure = torch.where(taken_for == labels, -1, sure)
        rows = torch.stack([sure.double(), *(t.double() for t in (indices, labels, taken_for))])
        rows = torch.cat([self._wrong, rows], dim=1)
        first = rows[0].sort(descending=True, stable=True).indices[:MOST_WRONG]
        self._wrong = rows[:, first]

    def _counted(self) -> Counted:
        side = round(len(self._confusion) ** 0.5)
        return Counted(
            sums=saved(self._sums),
            confusion=saved(self._confusion).view(side, side),
            wrong=saved(self._wrong),
        )


def measured(counted: Counted, names: Sequence[str]) -> Measured:
    """Return the figures of what was counted, with the classes' names."""
    confusion = tuple(map(tuple, counted.confusion.tolist()))
    losses, squares, top5 = counted.sums.tolist()
    counts = class_counts(confusion)
    return Measured(
        accuracy=share(sum(counts.hits), counts.total),
        top5=share(top5, counts.total),
        loss=mean_loss(losses, squares, counts.total),
        balanced_accuracy=balanced(counts),
        chance_accuracy=counts.chance_accuracy,
        classes=class_figures(counts, names),
        confusion=confusion,
    )


def pictures_of(counted: Counted, images: Tensor) -> Tensor:
    """Return the images that `wrong_images` names, of those that were measured on: on the CPU."""
    places = counted.wrong[1, counted.wrong[0] >= 0].long()
    return images[places.to(images.device)].cpu()


def wrong_images(counted: Counted) -> tuple[WrongImage, ...]:
    """Return the images that were most surely taken for what they are not, the surest first."""
    return tuple(
        WrongImage(
            place=int(place), true_class=int(true), taken_for=int(other), probability=probability
        )
        for probability, place, true, other in counted.wrong.T.tolist()
        if probability >= 0
    )
