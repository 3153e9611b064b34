"""Whether many maps are computed in one operation, or one after the other."""

from torch import Tensor

MOST_JOINED_BYTES = 2**19
"""Of a map on a CPU: above, it is memory that takes the time, and maps are not copied to lie
together; below, it is the calls."""


def pays_to_join(one: Tensor) -> bool:
    """Tell whether maps like this one should be computed together."""
    return one.device.type != "cpu" or one.numel() * one.element_size() <= MOST_JOINED_BYTES
