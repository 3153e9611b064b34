"""Redis as a doorbell: messages that carry a job's id and may be lost without harm."""

import logging
from typing import Any

from celery import Celery
from kombu import Queue
from kombu.exceptions import OperationalError
from redis import RedisError

from store.background import BackgroundQueue

RUN_JOB = "pdarts.run_job"
"""The task that a ring starts."""
QUEUE = "pdarts"
EXPIRY_SECONDS = 7 * 86400.0
"""Of a message. Receivers use their own clocks, so this must exceed any error of a clock."""
_WAITING_RINGS = 1000
_NO_LIST = "pdarts:no-such-list"

BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "health_check_interval": 10,
}

logger = logging.getLogger(__name__)


def create_celery(redis_url: str) -> Celery:
    """Return a Celery app for either end: JSON only, no results, nothing sent twice."""
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


def count_messages(celery: Celery, *, timeout_seconds: int) -> int | None:
    """Return how many messages wait for a worker; None if the broker is unreachable or full."""
    options = BROKER_TRANSPORT_OPTIONS | {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
    }
    with celery.connection_for_read(transport_options=options) as connection:
        try:
            connection.ensure_connection(max_retries=1, timeout=timeout_seconds)
            channel: Any
            with connection.channel() as channel:
                declared: Any = Queue(QUEUE, channel=channel).queue_declare()
                # Since Redis 7, a full server still answers counts. A push to a list that does not
                # exist changes nothing, and is refused whenever a message would be.
                channel.client.lpushx(_NO_LIST, "")
                return int(declared.message_count)
        except (OperationalError, OSError, RedisError):
            return None


class Doorbell:
    """Sends a job's id to whichever worker is idle."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery

    def ring(self, job_id: str) -> bool:
        """Send the message; False if the broker refuses it: the recovery will ring again."""
        try:
            self._celery.send_task(
                RUN_JOB,
                kwargs={"job_id": job_id},
                expires=EXPIRY_SECONDS,
                retry=False,
            )
        except (OperationalError, OSError) as error:
            logger.warning("the broker did not accept a message for %s: %s", job_id, error)
            return False
        return True


class BackgroundDoorbell(BackgroundQueue[str]):
    """Rings from its own thread, so that a slow broker holds up no request."""

    def __init__(self, doorbell: Doorbell) -> None:
        super().__init__("doorbell", doorbell.ring, most_waiting=_WAITING_RINGS)

    def ring(self, job_id: str) -> None:
        """Send a message soon; drop it when too many wait: the recovery will ring again."""
        self.put(job_id)
