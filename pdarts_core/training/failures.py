"""How running out of memory shows, on any device."""

import torch

_PHRASES = ("out of memory", "can't allocate memory", "not enough memory", "status_alloc_failed")
"""What torch's RuntimeErrors say where they are no OutOfMemoryError: on a CPU, and in libraries."""


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an exception means that a device's memory ran out."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(phrase in text for phrase in _PHRASES)
