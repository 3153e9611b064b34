"""What the main process of a worker does besides handing out messages."""

from typing import Any

from celery import bootsteps, signals

from store.logs import configure_logging, set_process_fields
from store.queue import QUEUE
from store.settings import get_settings
from store.tracing import flush_traces, start_tracing
from worker.draining import get_drain_flag
from worker.housekeeping import Housekeeper
from worker.identity import get_identity
from worker.kinds.registry import WORKER_KINDS
from worker.sweeping import Sweeping


class Housekeeping(bootsteps.StartStopStep):
    """A step of Celery's worker: keeps house from when there is a pool to the worker's end."""

    requires = ("celery.worker.components:Pool",)

    def create(self, parent: Any) -> Any:
        """Return what Celery starts and stops.

        This also makes, before the first fork, what the processes of a worker share.
        """
        drain = get_drain_flag()
        follows = False

        def follow(is_to_drain: bool) -> None:  # noqa: FBT001  what a beat tells
            nonlocal follows
            drain.follow(wish=is_to_drain)
            if is_to_drain:
                parent.consumer.call_soon(_stop_listening, parent.consumer)
            elif follows:
                parent.consumer.call_soon(_listen_again, parent.consumer)
            follows = is_to_drain

        identity = get_identity()
        return Housekeeper(
            parent.app, get_settings(), identity, name=parent.hostname, on_beat=follow
        )


class Sweep(bootsteps.StartStopStep):
    """A step of Celery's worker: deletes checkpoints that nothing needs."""

    requires = (Housekeeping,)

    def create(self, _parent: Any) -> Any:
        """Return what Celery starts and stops."""
        return Sweeping(get_settings(), WORKER_KINDS)


@signals.setup_logging.connect
def log_as_set(**_: Any) -> None:
    """Make this process, and those that it forks, log as the settings say."""
    configure_logging(get_settings())
    set_process_fields(worker_id=get_identity().id)


@signals.worker_process_init.connect
def trace_attempts(**_: Any) -> None:
    """Trace what a forked process does; the main process's beats are not worth it."""
    start_tracing("pdarts-worker")


@signals.worker_process_shutdown.connect
def send_traces(**_: Any) -> None:
    """Send the traces of a process that has done its one task."""
    flush_traces()


@signals.worker_shutting_down.connect
def release_attempts(**_: Any) -> None:
    """Release running jobs, and start none."""
    get_drain_flag().set()


def _stop_listening(consumer: Any) -> None:
    # Leave the messages to other workers; this one would waste them.
    if consumer.task_consumer is not None and consumer.task_consumer.consuming_from(QUEUE):
        consumer.cancel_task_queue(QUEUE)


def _listen_again(consumer: Any) -> None:
    if consumer.task_consumer is not None:
        consumer.add_task_queue(QUEUE)
    else:  # no broker at the moment: it listens once the broker is back
        queues = consumer.app.amqp.queues
        queues.select_add(queues[QUEUE])
