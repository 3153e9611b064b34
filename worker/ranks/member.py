"""One of the other processes of a job: `python -m worker.ranks.member TASK`, TASK as JSON.

It follows the attempt step by step, tells nobody anything, and ends when the attempt does.
"""

import logging
import sys

import torch

from pdarts_core.parallel.communicator import ProcessLost, StartAnew
from pdarts_core.training.failures import Diverged, is_out_of_memory
from store.logs import configure_logging
from store.settings import get_settings
from worker.kinds.registry import WORKER_KINDS
from worker.ranks.joining import MeetingPlace, device_of_rank
from worker.ranks.parcel import unwrap
from worker.ranks.parent import end_with, say_ready
from worker.ranks.task import LEFT_ALONE, OUT_OF_MEMORY, Task

logger = logging.getLogger(__name__)


def main() -> None:
    """Follow an attempt to its end."""
    task = Task.from_argument(sys.argv[1])
    end_with(task.parent)
    configure_logging(get_settings())
    torch.set_num_threads(task.threads)
    sys.exit(_follow(task))


def _follow(task: Task) -> int:
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
        follow = WORKER_KINDS[task.kind].follow
        if follow is None:
            raise ValueError(f"a {task.kind} takes one process")
        follow(contents, device, communicator)
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


if __name__ == "__main__":
    main()
