"""What one of the other processes of a job does: it follows the attempt step by step."""

import logging
from collections.abc import Callable

import torch

from pdarts_core.parallel.communicator import Communicator, ProcessLost, StartAnew
from pdarts_core.training.failures import Diverged, is_out_of_memory
from store.logs import configure_logging
from store.settings import get_settings
from worker.ranks.joining import MeetingPlace, device_of_rank
from worker.ranks.parcel import Contents, unwrap
from worker.ranks.parent import say_ready
from worker.ranks.task import LEFT_ALONE, OUT_OF_MEMORY, Task

Follow = Callable[[Contents, torch.device, Communicator], None]
"""Runs the job as the attempt does, step by step."""

logger = logging.getLogger(__name__)


def follow(task: Task, follow_attempt: Follow | None) -> int:
    """Follow an attempt to its end; return the exit status that tells of it.

    Args:
        task: which attempt, and how it is reached.
        follow_attempt: what its kind runs here; None if jobs of that kind take one process.
    """
    configure_logging(get_settings())
    torch.set_num_threads(task.threads)
    device = device_of_rank(task.device, task.rank)
    try:
        contents = unwrap(task.parcel)
        say_ready()
        communicator = MeetingPlace.find(task.port).join(
            rank=task.rank,
            size=task.size,
            device=device,
            timeout_seconds=task.timeout_seconds,
        )
        if follow_attempt is None:
            raise ValueError(f"a {task.kind} takes one process")
        follow_attempt(contents, device, communicator)
    except Diverged:
        # Of that, the attempt learns by itself.
        return 0
    except StartAnew:
        return OUT_OF_MEMORY
    except ProcessLost as error:
        logger.warning("process %d of the job: %s", task.rank, error)
        return LEFT_ALONE
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        logger.warning("process %d of the job ran out of memory: %s", task.rank, error)
        return OUT_OF_MEMORY
    return 0
