"""How well a network performs, added up on the device and read when an epoch ends."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pdarts_core.signal.class_counts import ClassCounts

TOP = 5


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Means over images: the loss, and the shares of top-1 and top-5 hits."""

    loss: float
    accuracy: float
    top5: float
    images: int


class Tally:
    """Sums over the images seen so far, kept on the device: adding does not wait for it."""

    def __init__(self, device: torch.device) -> None:
        self.sums = torch.zeros(4, device=device)
        """float32 [4]: loss, hits, hits among the first five, images."""

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Count a batch.

        Args:
            loss: its mean loss, a scalar.
            logits: [N, classes]; of fewer than five classes, all are among the first five.
            labels: int64 [N].
        """
        best = logits.detach().topk(min(TOP, logits.shape[1])).indices
        hits = best == labels[:, None]
        images = torch.full((), len(labels), device=loss.device)
        self.sums += torch.stack(
            [loss.detach().float() * len(labels), hits[:, 0].sum(), hits.sum(), images]
        )

    def take(self) -> Scores:
        """Return the means and start over; waits for the device. Means of no images are 0."""
        loss, hits, top5, images = self.sums.tolist()
        self.sums.zero_()
        count = max(images, 1)
        return Scores(
            loss=loss / count, accuracy=hits / count, top5=top5 / count, images=int(images)
        )


class ClassTally:
    """Counts of images, hits and predictions, class by class, kept on the device."""

    def __init__(self, num_classes: int, device: torch.device) -> None:
        self.sums = torch.zeros(3, num_classes, dtype=torch.int64, device=device)
        """int64 [3, classes]: images, hits, predictions."""

    def add(self, logits: Tensor, labels: Tensor) -> None:
        """Count a batch: logits [N, classes] and labels, int64 [N]."""
        best = logits.argmax(1)
        classes = torch.arange(self.sums.shape[1], device=labels.device)
        of_class, named = labels[:, None] == classes, best[:, None] == classes
        self.sums += torch.stack([of_class.sum(0), (of_class & named).sum(0), named.sum(0)])

    def take(self) -> ClassCounts:
        """Return the counts and start over; waits for the device."""
        images, hits, predictions = self.sums.tolist()
        self.sums.zero_()
        return ClassCounts(images=tuple(images), hits=tuple(hits), predictions=tuple(predictions))
