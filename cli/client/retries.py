"""When a call is made again, and after how long."""

from dataclasses import dataclass
from typing import Any

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential,
    wait_random,
)

from cli.client.call import Call
from cli.client.errors import ServiceError, ServiceUnreachable, TooManyRequests

_JITTER_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class Retries:
    """How long a call is kept up that does not come through.

    What is tried again: a connection that fails, and the answers 409 (the same request is being
    served), 429, 502, 503 and 504. Never a call that could do harm when it is carried out twice.
    The service's Retry-After is honoured; where that goes beyond the patience, the error comes at
    once.
    """

    attempts: int = 10
    """In all; 1 never tries again."""
    patience_seconds: float = 60.0
    """No attempt begins later than this after the first."""
    first_wait_seconds: float = 0.5
    """Doubles with each attempt, up to the longest; a random part comes on top."""
    longest_wait_seconds: float = 10.0

    def sync(self, call: Call[Any]) -> Retrying:
        """Return the attempts at a call."""
        return Retrying(reraise=True, **self._rules(call))

    def asynchronous(self, call: Call[Any]) -> AsyncRetrying:
        """Return the attempts at a call, for coroutines."""
        return AsyncRetrying(reraise=True, **self._rules(call))

    def _rules(self, call: Call[Any]) -> dict[str, Any]:
        return {
            "stop": stop_after_attempt(self.attempts) | stop_before_delay(self.patience_seconds),
            "wait": self._wait,
            "retry": retry_if_exception(lambda error: is_passing(call, error)),
        }

    def _wait(self, state: RetryCallState) -> float:
        error = None if state.outcome is None else state.outcome.exception()
        asked = error.retry_after if isinstance(error, ServiceError) else None
        growing = wait_exponential(
            multiplier=self.first_wait_seconds, max=self.longest_wait_seconds
        )
        # The random part keeps clients that failed together from coming back together.
        return (growing(state) if asked is None else asked) + wait_random(0, _JITTER_SECONDS)(state)


NO_RETRIES = Retries(attempts=1)


def is_passing(call: Call[Any], error: BaseException) -> bool:
    """Tell whether a call that failed so may be made again, and may then go well."""
    if isinstance(error, ServiceUnreachable):
        return call.is_repeatable or not error.may_have_arrived
    if not (isinstance(error, ServiceError) and error.passes):
        return False
    return call.is_repeatable or isinstance(error, TooManyRequests)
