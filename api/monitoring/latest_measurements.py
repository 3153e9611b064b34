"""Measures the service at most once in a few seconds, however often somebody asks."""

import logging
import time

import anyio
from sqlalchemy.exc import SQLAlchemyError

from api.monitoring.bounded_questions import BoundedQuestions
from api.monitoring.measurements import Measurements, measure
from store.database import Database

_FRESH_SECONDS = 5.0
_ANSWER_SECONDS = 5.0

logger = logging.getLogger(__name__)


class LatestMeasurements:
    """Keeps the latest measurements of the service."""

    def __init__(self, database: Database, *, fresh_seconds: float = _FRESH_SECONDS) -> None:
        self._database = database
        self._fresh_seconds = fresh_seconds
        self._questions = BoundedQuestions(seconds=_ANSWER_SECONDS)
        self._one_at_a_time = anyio.Lock()
        self._newest: Measurements | None = None
        self._measured_at = -fresh_seconds

    async def read(self) -> Measurements | None:
        """Return measurements that are at most a few seconds old; None without a database."""
        async with self._one_at_a_time:
            if time.monotonic() - self._measured_at >= self._fresh_seconds:
                self._newest = await self._measure()
                self._measured_at = time.monotonic()
            return self._newest

    async def _measure(self) -> Measurements | None:
        try:
            return await self._questions.ask(self._look)
        except (SQLAlchemyError, TimeoutError) as error:
            logger.warning("the service cannot be measured: %s", error or type(error).__name__)
            return None

    def _look(self) -> Measurements:
        with self._database.read() as session:
            return measure(session)
