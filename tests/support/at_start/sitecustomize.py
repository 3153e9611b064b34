"""What Python imports first in every program that has this folder on its path.

It makes the other process of a job of several devices run out of memory, once, at one of its
exchanges; other programs are left alone.
"""

import os
import sys
from itertools import count
from pathlib import Path

if "worker.rank_process" in sys.orig_argv and "TEST_OUT_OF_MEMORY_ONCE" in os.environ:
    import torch

    from pdarts_core.parallel.group import GroupCommunicator

    _exchanges = count(1)
    _add_up = GroupCommunicator.add_up

    def _run_out(self: GroupCommunicator, tensor: torch.Tensor) -> None:
        mark = Path(os.environ["TEST_OUT_OF_MEMORY_ONCE"])
        if next(_exchanges) == int(os.environ["TEST_OUT_OF_MEMORY_AT"]) and not mark.exists():
            mark.touch()
            raise torch.OutOfMemoryError("CUDA out of memory")
        _add_up(self, tensor)

    GroupCommunicator.add_up = _run_out  # type: ignore[method-assign]
