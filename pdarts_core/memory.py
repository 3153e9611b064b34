"""How running out of memory shows, on any device."""

import torch

LEAST_IMAGES_AT_ONCE = 2
"""A batch is not computed in smaller parts than this: batch norm needs two images."""
_PHRASES = ("out of memory", "can't allocate memory", "not enough memory", "status_alloc_failed")
"""What torch's RuntimeErrors say where they are no OutOfMemoryError: on a CPU, and in libraries."""


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an exception means that a device's memory ran out."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(phrase in text for phrase in _PHRASES)
