"""Word of jobs that changed, through Redis: a hint to look now, which may be lost without harm."""

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
    """Return a broker's URL as Redis's own client has it; None for one that it cannot use."""
    scheme, _, place = redis_url.partition("://")
    if scheme == "redis+socket":
        # Channels are of no database, which is what the options name.
        return f"unix://{place.partition('?')[0]}"
    return redis_url if scheme in {"redis", "rediss", "unix"} else None


class NewsPublisher:
    """Tells of changed jobs from a thread of its own, so that a slow Redis holds nobody up."""

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
        """End the thread; what it has not told by then is not told."""
        self._stopping.set()
        self._queue.stop()
        if self._client:
            self._client.close()

    def tell(self, job_ids: AbstractSet[str]) -> None:
        """Have it told soon that these jobs have changed, which must be committed."""
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
            # What waits behind it would fail alike, and is looked for anyway.
            self._stopping.wait(_SILENCE_AFTER_FAILURE_SECONDS)
