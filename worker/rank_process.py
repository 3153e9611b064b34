"""One of the other processes of a job: `python -m worker.rank_process TASK`, TASK as JSON.

It follows the attempt step by step, tells nobody anything, and ends when the attempt does.
"""

import sys

from worker.ranks.parent import end_with
from worker.ranks.task import Task


def main() -> None:
    """Follow an attempt to its end."""
    task = Task.from_argument(sys.argv[1])
    end_with(task.parent)
    # They load torch, which takes seconds: by then, the attempt may be gone.
    from worker.kinds.registry import WORKER_KINDS  # noqa: PLC0415
    from worker.ranks.following import follow  # noqa: PLC0415

    sys.exit(follow(task, WORKER_KINDS[task.kind].follow))


if __name__ == "__main__":
    main()
