"""Which images share a batch: the two parts of a training set, and their order."""

from typing import NamedTuple

import torch
from torch import Tensor

from pdarts_core.images.class_sizes import weights_of


class Halves(NamedTuple):
    """The images of the two parts of a training set, as int64 indices."""

    weights: Tensor
    alphas: Tensor


def split_by_class(labels: Tensor, train_portion: float, generator: torch.Generator) -> Halves:
    """Split a training set in two, class by class, at random.

    Args:
        labels: int64 [N], in any order.
        train_portion: the share of each class that trains weights.
        generator: a CPU generator.

    Returns:
        The parts for weights and for alphas. A class with two images or more is in both; a single
        image goes to the weights.

    Raises:
        ValueError: a part would be empty.
    """
    labels = labels.cpu()
    shuffled = torch.randperm(len(labels), generator=generator)
    weights, alphas = [], []
    for members in _by_class(labels, shuffled):
        count = weights_of(len(members), train_portion)
        weights.append(members[:count])
        alphas.append(members[count:])
    halves = Halves(torch.cat(weights), torch.cat(alphas))
    if not len(halves.alphas):
        raise ValueError("a search needs a class with at least two images")
    return halves


def _by_class(labels: Tensor, order: Tensor) -> tuple[Tensor, ...]:
    sizes = torch.bincount(labels)
    grouped = order[torch.argsort(labels[order], stable=True)]
    return torch.split(grouped, sizes[sizes > 0].tolist())


class ShuffledBatches:
    """An endless stream of batches of indices, each pass over them in a new order.

    Batches are full if there are enough images for one; images left over at the end of a pass are
    not used in it. Fewer images than a batch make one smaller batch.
    """

    def __init__(self, indices: Tensor, batch_size: int, generator: torch.Generator) -> None:
        self._indices = indices
        self._generator = generator
        self.batch_size = min(batch_size, len(indices))
        self.batches_per_pass = len(indices) // self.batch_size
        self._order = self._draw()
        self._position = 0

    def next(self) -> Tensor:
        """Return the indices of the next batch: int64 [B]."""
        if self._position == self.batches_per_pass:
            self._order = self._draw()
            self._position = 0
        start = self._position * self.batch_size
        self._position += 1
        return self._order[start : start + self.batch_size]

    def sample(self) -> Tensor:
        """Return indices of as many images as are in a batch, without moving on."""
        return self._indices[: self.batch_size]

    def place(self) -> tuple[Tensor, int]:
        """Return the order of this pass (on the CPU, a copy) and how many batches it has given."""
        return self._order.to("cpu", copy=True), self._position

    def go_to(self, order: Tensor, position: int) -> None:
        """Continue from a place."""
        self._order = order.to(self._indices.device, copy=True)
        self._position = position

    def _draw(self) -> Tensor:
        permutation = torch.randperm(len(self._indices), generator=self._generator)
        return self._indices[permutation.to(self._indices.device)]
