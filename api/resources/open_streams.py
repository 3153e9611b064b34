"""How many event streams, or files being sent, an owner may have open in one process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from api.http.errors import QuotaExceeded

_RETRY_SECONDS = 5


class OpenStreams:
    """Counts open streams, by owner."""

    def __init__(self, most: int, refusal: str = "event streams are open; close one") -> None:
        """Allow each owner this many; 0 means no limit."""
        self._most = most
        self._refusal = refusal
        self._open: Counter[str] = Counter()

    def count(self, owner: str) -> int:
        """Return how many an owner has open."""
        return self._open[owner]

    @contextmanager
    def one_more(self, owner: str) -> Iterator[None]:
        """Count a stream while the block runs.

        Raises:
            QuotaExceeded: the owner has as many as may be.
        """
        if self._most and self._open[owner] >= self._most:
            raise QuotaExceeded(
                f"{self._open[owner]} of at most {self._most} {self._refusal}",
                headers={"Retry-After": str(_RETRY_SECONDS)},
            )
        self._open[owner] += 1
        try:
            yield
        finally:
            self._open[owner] -= 1
            if not self._open[owner]:
                del self._open[owner]
