"""How training fails: numbers that are no longer finite, and memory that runs out."""

from collections.abc import Iterator

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


_PHRASES = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "status_alloc_failed",
    # cuDNN, where no kernel's workspace fits.
    "unable to find an engine",
)
"""What RuntimeErrors that are not an OutOfMemoryError say: on a CPU, and in libraries."""
_OF_RECORDINGS = ("capture", "cudagraph", "cuda graph")
"""What errors say that end the recording of a CUDA graph."""


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an exception means that a device's memory ran out.

    Where that ends a recording, the error that is raised tells only of the recording; the one
    before it, which Python keeps as its context, tells why.
    """
    if ends_recording(error):
        return any(map(_tells_of_memory, _with_contexts(error)))
    return _tells_of_memory(error)


def ends_recording(error: BaseException) -> bool:
    """Tell whether an exception means that a step could not be recorded, for whatever reason."""
    return isinstance(error, RuntimeError) and _says(error, _OF_RECORDINGS)


def _tells_of_memory(error: BaseException) -> bool:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and _says(error, _PHRASES)


def _says(error: BaseException, phrases: tuple[str, ...]) -> bool:
    text = str(error).lower()
    return any(phrase in text for phrase in phrases)


def _with_contexts(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception, and those that were being handled when it was raised."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__
