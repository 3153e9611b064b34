"""When a failed call is made again, and after how long."""

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
    """How often and how long a call that fails is tried again.

    A failed connection is tried again, and so are the answers 409 (if the same request is still
    being served), 429, 502, 503 and 504; but never a call that could do harm if it is carried out
    twice. The service's Retry-After is honoured; if that is longer than the patience, the error is
    raised at once.
    """

    attempts: int = 10
    """In total; with 1, nothing is tried again."""
    patience_seconds: float = 60.0
    """No attempt starts later than this after the first."""
    first_wait_seconds: float = 0.5
    """Doubles with each attempt, up to the longest wait; a random time is added."""
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
        # The random time keeps clients that failed together from coming back together.
        return (growing(state) if asked is None else asked) + wait_random(0, _JITTER_SECONDS)(state)


NO_RETRIES = Retries(attempts=1)


def is_passing(call: Call[Any], error: BaseException) -> bool:
    """Tell whether a call that failed like this may be made again, and may then succeed."""
    if isinstance(error, ServiceUnreachable):
        return call.is_repeatable or not error.may_have_arrived
    if not (isinstance(error, ServiceError) and error.passes):
        return False
    return call.is_repeatable or isinstance(error, TooManyRequests)
