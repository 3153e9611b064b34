"""What the main process of a worker does besides handing out messages."""

from typing import Any

from celery import bootsteps, signals

from store.queue import QUEUE
from store.settings import get_settings
from worker.draining import get_drain_flag
from worker.housekeeping import Housekeeper
from worker.identity import get_identity


class Housekeeping(bootsteps.StartStopStep):
    """A step of Celery's worker: keeps house from its start to its end."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        """Make what the processes forked for searches share, before the first one is."""
        super().__init__(parent, **options)
        self._consumer_of = parent
        self._drain = get_drain_flag()
        self._housekeeper = Housekeeper(
            parent.app, get_settings(), get_identity(), on_drain=self._drain_worker
        )

    def start(self, _parent: Any) -> None:
        """Begin, once there is a pool."""
        self._housekeeper.start()

    def stop(self, _parent: Any) -> None:
        """End, however the worker does."""
        self._housekeeper.stop()

    terminate = stop

    def _drain_worker(self) -> None:
        self._drain.set()
        consumer = self._consumer_of.consumer
        consumer.call_soon(_stop_listening, consumer)


@signals.worker_shutting_down.connect
def release_attempts(**_: Any) -> None:
    """Have running searches released, and none begun."""
    get_drain_flag().set()


def _stop_listening(consumer: Any) -> None:
    # Other workers are to hear the messages that this one would waste.
    if consumer.task_consumer is not None and consumer.task_consumer.consuming_from(QUEUE):
        consumer.cancel_task_queue(QUEUE)
