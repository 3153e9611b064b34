"""How training fails: numbers that are no longer finite, and memory that runs out."""

import torch


class Diverged(ArithmeticError):
    """The loss or an alpha is no longer finite.

    Stage and epoch are counted from 1; an evaluation has no stages.
    """

    def __init__(self, epoch: int, stage: int | None = None) -> None:
        of_stage = "" if stage is None else f" of stage {stage}"
        super().__init__(f"the loss is not finite in epoch {epoch}{of_stage}")
        self.stage = stage
        self.epoch = epoch


_PHRASES = ("out of memory", "can't allocate memory", "not enough memory", "status_alloc_failed")
"""What RuntimeErrors that are not an OutOfMemoryError say: on a CPU, and in libraries."""


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an exception means that a device's memory ran out."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(phrase in text for phrase in _PHRASES)
