"""Keeps floods out of the log: what anyone can have written, without a key, is limited.

Beyond the limit, lines are counted, and one line says how many were left out.
"""

import asyncio
import logging
import time
from collections import Counter

from typing_extensions import override

SECONDS = 10.0
"""Lines are counted over this long."""
LINES_OF_ONE = 100
"""Of one address: a page with all its files, loaded twice."""
LINES = 300
"""Of all addresses together."""


class LimitedLines:
    """Says whether a line may be written. To be used within one event loop.

    Args:
        logger: where the number of lines that were left out is told.
        what: they were about.
    """

    def __init__(self, logger: logging.Logger, what: str) -> None:
        self._logger = logger
        self._what = what
        self._ends_at = 0.0
        self._written = 0
        self._written_of: Counter[str | None] = Counter()
        self._left_out = 0

    def allow(self, address: str | None = None) -> bool:
        """Count a line that this address would cause; tell whether to write it."""
        now = time.monotonic()
        if now >= self._ends_at:
            self._ends_at = now + SECONDS
            self._written = 0
            self._written_of.clear()
        if self._written < LINES and self._written_of[address] < LINES_OF_ONE:
            self._written += 1
            self._written_of[address] += 1
            return True
        if not self._left_out:
            asyncio.get_running_loop().call_later(self._ends_at - now, self._tell)
        self._left_out += 1
        return False

    def _tell(self) -> None:
        left_out, self._left_out = self._left_out, 0
        self._logger.warning(
            "left out %d lines about %s", left_out, self._what, extra={"left_out": left_out}
        )


class LimitedWarnings(logging.Filter):
    """Limits one message of a logger."""

    def __init__(self, logger: logging.Logger, message: str, what: str) -> None:
        super().__init__()
        self._message = message
        self._limit = LimitedLines(logger, what)

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        return record.msg != self._message or self._limit.allow()
