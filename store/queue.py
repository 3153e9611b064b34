"""Redis as a doorbell: messages that carry a job's id and may be lost without harm."""

import logging

from celery import Celery
from kombu.exceptions import OperationalError

from store.background import BackgroundQueue
from store.lifecycle import LONGEST_RING_SECONDS

RUN_JOB = "pdarts.run_job"
"""The task that a ring starts."""
QUEUE = "pdarts"
_WAITING_RINGS = 1000

BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "health_check_interval": 10,
}

logger = logging.getLogger(__name__)


def create_celery(redis_url: str) -> Celery:
    """Return a Celery app as both ends use it: JSON only, no results, nothing sent twice."""
    app = Celery("pdarts", broker=redis_url, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_publish_retry=False,
        broker_transport_options=BROKER_TRANSPORT_OPTIONS,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
    )
    return app


def broker_answers(celery: Celery, *, timeout_seconds: int) -> bool:
    """Tell whether the broker takes connections."""
    options = BROKER_TRANSPORT_OPTIONS | {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
    }
    connection = celery.connection_for_write(transport_options=options)
    with connection:
        try:
            connection.ensure_connection(max_retries=1, timeout=timeout_seconds)
        except (OperationalError, OSError):
            return False
    return True


class Doorbell:
    """Sends a job's id to whichever worker is idle."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery

    def ring(self, job_id: str) -> bool:
        """Send the message; False if the broker does not take it, which the recovery makes good."""
        try:
            self._celery.send_task(
                RUN_JOB,
                kwargs={"job_id": job_id},
                expires=LONGEST_RING_SECONDS,
                retry=False,
            )
        except (OperationalError, OSError) as error:
            logger.warning("the broker did not take a message for %s: %s", job_id, error)
            return False
        return True


class BackgroundDoorbell(BackgroundQueue[str]):
    """Rings from a thread of its own, so that a slow broker holds up no request."""

    def __init__(self, doorbell: Doorbell) -> None:
        super().__init__("doorbell", doorbell.ring, most_waiting=_WAITING_RINGS)

    def ring(self, job_id: str) -> None:
        """Have a message sent soon; drop it when too many wait, which the recovery makes good."""
        self.put(job_id)
