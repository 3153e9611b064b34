"""How many requests a minute an owner may make.

All processes count in Redis. One that does not answer at once is left alone for a while, and each
process counts for itself: no request waits for it, and none fails.
"""

import logging
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import redis.asyncio
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

from store.news import redis_client_url

WINDOW_SECONDS = 60
_PATIENCE_SECONDS = 0.25
_LEFT_ALONE_SECONDS = 15.0
_CONNECTIONS = 50

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What an owner has left."""

    limit: int
    """Requests a minute."""
    remaining: int
    reset_seconds: int
    """Until there is more."""
    is_exceeded: bool

    def headers(self) -> dict[str, str]:
        """Return the headers of the IETF's draft on rate limits."""
        return {
            "RateLimit-Policy": f'"requests";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"requests";r={self.remaining};t={self.reset_seconds}',
        }


class RateLimiter:
    """Counts requests by owner; with a limit of 0 it counts nothing."""

    def __init__(self, per_minute: int, redis_url: str) -> None:
        """Connect to nothing yet."""
        self._limit = RateLimitItemPerMinute(per_minute) if per_minute else None
        url = redis_client_url(redis_url)
        self._pool = None if url is None else _connections(url)
        self._shared = None if self._pool is None else _shared_by(self._pool)
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared_again_at = 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let go of Redis when the block ends."""
        try:
            yield
        finally:
            if self._pool is not None:
                await self._pool.disconnect()

    async def take(self, owner: str) -> Allowance | None:
        """Count a request of the owner; None where there is no limit."""
        if self._limit is None:
            return None
        if self._shared is not None and time.monotonic() >= self._shared_again_at:
            try:
                with anyio.fail_after(_PATIENCE_SECONDS):
                    return await _take(self._shared, self._limit, owner)
            except (RedisError, OSError, TimeoutError) as error:
                self._shared_again_at = time.monotonic() + _LEFT_ALONE_SECONDS
                logger.debug("requests are counted without Redis: %s", type(error).__name__)
        return await _take(self._own, self._limit, owner)


def _connections(url: str) -> redis.asyncio.ConnectionPool:
    return redis.asyncio.BlockingConnectionPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        timeout=_PATIENCE_SECONDS,
        socket_timeout=_PATIENCE_SECONDS,
        socket_connect_timeout=_PATIENCE_SECONDS,
    )


def _shared_by(pool: redis.asyncio.ConnectionPool) -> SlidingWindowCounterRateLimiter:
    # Any option of the client goes through, whatever the annotation says.
    options: dict[str, Any] = {"connection_pool": pool}
    storage = RedisStorage("async+redis://", implementation="redispy", **options)
    return SlidingWindowCounterRateLimiter(storage)


async def _take(
    limiter: SlidingWindowCounterRateLimiter, limit: RateLimitItemPerMinute, owner: str
) -> Allowance:
    is_within = await limiter.hit(limit, owner)
    stats = await limiter.get_window_stats(limit, owner)
    return Allowance(
        limit=limit.amount,
        remaining=stats.remaining if is_within else 0,
        reset_seconds=max(1, math.ceil(stats.reset_time - time.time())),
        is_exceeded=not is_within,
    )
