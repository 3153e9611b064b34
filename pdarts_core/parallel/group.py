"""A communicator made of torch.distributed: NCCL between GPUs, Gloo between CPUs."""

from collections.abc import Sequence
from typing import Any, Protocol

from torch import Tensor

from pdarts_core.parallel.communicator import ProcessLost


class ProcessGroup(Protocol):
    """What is used of torch.distributed's groups, and of their backends."""

    def rank(self) -> int:
        """Return this process' number."""

    def size(self) -> int:
        """Return how many there are."""

    def allreduce(self, tensors: Sequence[Tensor], /) -> Any:
        """Begin to add up."""


class GroupCommunicator:
    """Adds up tensors over a group of processes.

    Args:
        group: whose operations end with an error once they take too long.
    """

    def __init__(self, group: ProcessGroup) -> None:
        self._group = group
        self.rank = group.rank()
        self.size = group.size()

    def add_up(self, tensor: Tensor) -> None:
        """Replace a contiguous tensor by the sum over all processes."""
        try:
            self._group.allreduce([tensor]).wait()
        except RuntimeError as error:
            raise ProcessLost(f"the processes of this job lost each other: {error}") from error
