"""News of jobs that changed, through Redis: hints to look now, which may be lost without harm."""

import logging
import threading
from collections.abc import Set as AbstractSet

import redis

from store.background import BackgroundQueue

CHANNEL = "pdarts.news"
_ANSWER_SECONDS = 2
_WAITING = 1000
_SILENCE_AFTER_FAILURE_SECONDS = 2.0

logger = logging.getLogger(__name__)


def redis_client_url(redis_url: str) -> str | None:
    """Return a broker's URL in the form of Redis's own client; None if it cannot use it."""
    scheme, _, place = redis_url.partition("://")
    if scheme == "redis+socket":
        # Channels belong to no database, and the options would name one.
        return f"unix://{place.partition('?')[0]}"
    return redis_url if scheme in {"redis", "rediss", "unix"} else None


class NewsPublisher:
    """Announces changed jobs from its own thread, so that a slow Redis holds nobody up."""

    def __init__(self, redis_url: str) -> None:
        url = redis_client_url(redis_url)
        self._client = url and redis.Redis.from_url(
            url, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS
        )
        self._queue = BackgroundQueue[AbstractSet[str]](
            "news", self._publish, most_waiting=_WAITING
        )
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start the thread."""
        self._queue.start()

    def stop(self) -> None:
        """End the thread; what it has not announced by then is dropped."""
        self._stopping.set()
        self._queue.stop()
        if self._client:
            self._client.close()

    def tell(self, job_ids: AbstractSet[str]) -> None:
        """Announce soon that these jobs have changed; the change must be committed."""
        if self._client:
            self._queue.put(job_ids)

    def _publish(self, job_ids: AbstractSet[str]) -> None:
        if not self._client:
            return
        try:
            for job_id in job_ids:
                self._client.publish(CHANNEL, job_id)
        except redis.RedisError as error:
            logger.debug("could not announce changes to %s: %s", ", ".join(job_ids), error)
            # What is waiting behind it would fail too, and readers poll anyway.
            self._stopping.wait(_SILENCE_AFTER_FAILURE_SECONDS)
