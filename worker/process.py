"""What the main process of a worker does besides handing out messages."""

from typing import Any

from celery import signals

from worker.draining import get_drain_flag
from worker.identity import get_identity


@signals.worker_init.connect
def _before_forking(**_: Any) -> None:
    # What is made here, every process that is forked for a search shares.
    get_identity()
    get_drain_flag()


@signals.worker_shutting_down.connect
def _release_attempts(**_: Any) -> None:
    get_drain_flag().set()
