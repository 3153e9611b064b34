"""What the main process of a worker does besides handing out messages."""

from typing import Any

from celery import bootsteps, signals

from store.queue import QUEUE
from store.settings import get_settings
from worker.draining import get_drain_flag
from worker.housekeeping import Housekeeper
from worker.identity import get_identity


class Housekeeping(bootsteps.StartStopStep):
    """A step of Celery's worker: keeps house from when there is a pool to the worker's end."""

    requires = ("celery.worker.components:Pool",)

    def create(self, parent: Any) -> Any:
        """Return what Celery starts and stops.

        With it, made before the first fork, comes what the processes of a worker share.
        """
        drain = get_drain_flag()

        def drain_worker() -> None:
            drain.set()
            parent.consumer.call_soon(_stop_listening, parent.consumer)

        identity = get_identity()
        return Housekeeper(
            parent.app, get_settings(), identity, name=parent.hostname, on_drain=drain_worker
        )


@signals.worker_shutting_down.connect
def release_attempts(**_: Any) -> None:
    """Have running searches released, and none begun."""
    get_drain_flag().set()


def _stop_listening(consumer: Any) -> None:
    # Other workers are to hear the messages that this one would waste.
    if consumer.task_consumer is not None and consumer.task_consumer.consuming_from(QUEUE):
        consumer.cancel_task_queue(QUEUE)
