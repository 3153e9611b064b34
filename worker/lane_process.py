"""Runs one light job beside its worker's own: `python -m worker.lane_process WORKER_ID PARENT`.

It loads no torch, and what else runs on the machine comes before it.
"""

import logging
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from store.logs import configure_logging, set_process_fields
from store.queue import create_celery
from store.settings import get_settings
from store.tracing import flush_traces, start_tracing
from worker.draining import DrainFlag
from worker.kinds.light import LIGHT_KINDS
from worker.parent_death import signal_when_parent_ends
from worker.runner import opened_runner

_NICENESS = 5
"""So that it gets about a quarter of a processor that a job computes on."""
_FIRST_TO_GO = "500"
"""Of 1000: where memory runs out, this process ends before the one whose job takes hours."""

logger = logging.getLogger(__name__)


def main(worker_id: str, parent: int) -> None:
    """Claim the light job that waits first, if any still does, and run it to an end."""
    _leave_with(parent)
    _give_way()
    settings = get_settings()
    configure_logging(settings)
    set_process_fields(worker_id=worker_id)
    start_tracing("pdarts-worker")
    opened = opened_runner(
        settings,
        create_celery(settings.redis_url),
        worker_id=worker_id,
        drain=DrainFlag(),
        kinds=LIGHT_KINDS,
        has_cuda=False,
        devices=1,
    )
    try:
        with opened as runner:
            runner.run_next()
    except SQLAlchemyError as error:
        logger.warning("the database does not answer: %s", error)
    finally:
        flush_traces()


def _leave_with(parent: int) -> None:
    """Have this process asked to leave as soon as the one that started it is gone.

    Args:
        parent: the id of the one that started it; it may be gone by now.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker
    if not signal_when_parent_ends(parent, signal.SIGTERM):
        sys.exit()


def _give_way() -> None:
    """Let what else runs on this machine have processors and memory first."""
    os.nice(_NICENESS)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
