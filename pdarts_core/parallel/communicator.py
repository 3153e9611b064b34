"""How processes that work on the same batches add up what each has of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # who only waits for ProcessLost needs no torch
    from torch import Tensor


class ProcessLost(Exception):
    """Another process of the group has ended, or no longer answers."""


class MemoryRanOutElsewhere(MemoryError):
    """Another process of the group ran out of its device's memory."""


class StartAnew(Exception):
    """All processes must start again, from the checkpoint of the event before."""


class Communicator(Protocol):
    """What one of several processes needs of the others.

    All of them call the same methods in the same order.
    """

    @property
    def rank(self) -> int:
        """This process' number, from 0."""

    @property
    def size(self) -> int:
        """How many processes there are."""

    def add_up(self, tensor: "Tensor") -> None:
        """Replace a contiguous tensor by the sum over all processes: the same bits in each.

        Raises:
            ProcessLost: not all processes take part.
            MemoryRanOutElsewhere: for that reason.
        """


@dataclass(frozen=True, kw_only=True)
class Alone:
    """The only process."""

    rank: int = 0
    size: int = 1

    def add_up(self, tensor: "Tensor") -> None:
        """Leave the tensor as it is."""


ALONE = Alone()
