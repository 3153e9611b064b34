"""Which images of each batch a process computes, and how the parts become whole again.

Every process draws whole batches and all random numbers, and takes its slice. A batch with fewer
images than there are processes is computed whole by each, and counts once.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from pdarts_core.parallel.communicator import ALONE, Communicator


class BatchShare:
    """One process' part of the batch that is being computed.

    Args:
        communicator: adds up what the processes have.
    """

    def __init__(self, communicator: Communicator = ALONE) -> None:
        self._communicator = communicator
        self._images = 0
        self._slices = [slice(0, 0)]
        self._placed: dict[tuple[int, torch.dtype, torch.device], Tensor] = {}

    @property
    def is_alone(self) -> bool:
        """There is one process only: nothing is divided, and nothing to add up."""
        return self._communicator.size == 1

    @property
    def processes(self) -> int:
        """How many there are."""
        return self._communicator.size

    def divide(self, images: int) -> slice:
        """Begin a batch of so many images; return those that this process computes."""
        if self.is_alone:
            return slice(0, images)
        processes = self._communicator.size
        self._images = images
        if images < processes:
            self._slices = [slice(0, images)] * processes
        else:
            ends = [images * (rank + 1) // processes for rank in range(processes)]
            self._slices = [slice(*pair) for pair in zip([0, *ends], ends, strict=False)]
        return self._own

    def images_of(self, own: Tensor) -> int:
        """Return how many images the batch has of which `own` [n, …] is this process' part."""
        return len(own) if self.is_alone else self._images

    def part_of(self, batch: Tensor) -> Tensor:
        """Return this process' part of what was drawn for the whole batch, [images, …]."""
        return batch if self.is_alone else batch[self._own]

    @property
    def _own(self) -> slice:
        return self._slices[self._communicator.rank]

    @property
    def weight(self) -> float:
        """What a mean over this process' images counts in the mean over the whole batch."""
        return 1.0 if self.is_alone else self.weights[self._communicator.rank]

    @property
    def weights(self) -> list[float]:
        """The same of all processes; their sum is 1."""
        counts = [part.stop - part.start for part in self._slices]
        return [count / sum(counts) for count in counts]

    def weights_like(self, own: Tensor) -> Tensor:
        """Return them as a tensor [processes], of the type of another and on its device.

        It is made once for batches of that size: nothing can be copied to a GPU while a step is
        recorded there.
        """
        key = (self._images, own.dtype, own.device)
        if key not in self._placed:
            self._placed[key] = own.new_tensor(self.weights)
        return self._placed[key]

    def add_up(self, tensor: Tensor) -> Tensor:
        """Replace a tensor by its sum over all processes, and return it."""
        if not self.is_alone:
            self._communicator.add_up(tensor)
        return tensor

    def add_up_all(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Return the sums of tensors over all processes, which exchange them in one piece."""
        flat = self.add_up(torch.cat([tensor.reshape(-1) for tensor in tensors]))
        parts = torch.split(flat, [tensor.numel() for tensor in tensors])
        return [part.view(like.shape) for part, like in zip(parts, tensors, strict=True)]

    def mean(self, own: Tensor) -> Tensor:
        """Return the mean over the whole batch, from that over this process' images."""
        return own.detach() if self.is_alone else self.add_up(own.detach() * self.weight)

    def from_each(self, own: Tensor) -> Tensor:
        """Return what every process has, [processes, …], from what this one has."""
        gathered = own.new_zeros(self.processes, *own.shape)
        gathered[self._communicator.rank] = own
        return self.add_up(gathered)

    def gather(self, own: Tensor) -> Tensor:
        """Return what belongs to the whole batch, [images, …], from what this process computed."""
        if self.is_alone or len(own) == self._images:
            return own.detach()
        kind = torch.promote_types(own.dtype, torch.float32)
        gathered = torch.zeros(self._images, *own.shape[1:], dtype=kind, device=own.device)
        gathered[self._own] = own.detach()
        return self.add_up(gathered)

    def add_up_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Replace the gradients of parameters by their sums over all processes, in one piece."""
        if self.is_alone:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        if not gradients:
            return
        for gradient, total in zip(gradients, self.add_up_all(gradients), strict=True):
            gradient.copy_(total)


WHOLE = BatchShare()
"""The share of the only process: all of every batch. It has no state."""
