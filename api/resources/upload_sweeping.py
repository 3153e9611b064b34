"""Sweeps uploads now and then, where their files are: beside the API."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from store.database import Database
from store.settings import Settings
from store.upload_sweeping import sweep_uploads

_FIRST_SECONDS = 60.0

logger = logging.getLogger(__name__)


@asynccontextmanager
async def sweeping_uploads(database: Database, settings: Settings) -> AsyncIterator[None]:
    """Sweep while the block runs."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_sweep_again_and_again, database, settings)
        yield
        tasks.cancel_scope.cancel()


async def _sweep_again_and_again(database: Database, settings: Settings) -> None:
    pause = min(settings.sweep_seconds, _FIRST_SECONDS)
    while True:
        await anyio.sleep(pause)
        pause = settings.sweep_seconds
        try:
            swept = await run_in_threadpool(sweep_uploads, database, settings)
            if swept:
                logger.info("deleted %d uploads: nobody went on with them", swept)
        except (OSError, SQLAlchemyError) as error:
            logger.warning("could not sweep uploads: %s", error)
        except Exception:
            logger.exception("could not sweep uploads; trying again later")
