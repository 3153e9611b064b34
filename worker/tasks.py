"""What a message starts. It only says that there is work; the database says which."""

import logging

import torch
from sqlalchemy.exc import SQLAlchemyError

from store.artifact_stores import open_artifacts
from store.database import Database
from store.news import NewsPublisher
from store.queue import RUN_JOB, Doorbell
from store.settings import get_settings
from worker.app import app
from worker.devices import bound_threads, offered_devices
from worker.draining import get_drain_flag
from worker.identity import get_identity
from worker.kinds.registry import WORKER_KINDS
from worker.runner import Runner

logger = logging.getLogger(__name__)


@app.task(name=RUN_JOB)
def run_job(job_id: str) -> None:
    """Run the first waiting job, whichever job the message names."""
    settings = get_settings()
    bound_threads()
    news = NewsPublisher(settings.redis_url)
    news.start()
    database = Database(settings.database_url, on_change=news.tell)
    runner = Runner(
        database=database,
        artifacts=open_artifacts(settings.artifacts_url),
        doorbell=Doorbell(app),
        settings=settings,
        worker_id=get_identity().id,
        drain=get_drain_flag(),
        kinds=WORKER_KINDS,
        has_cuda=torch.cuda.is_available(),
        devices=offered_devices(settings.gpus_per_worker),
    )
    try:
        if not runner.run_next():
            logger.info("woken for %s, but no job is waiting", job_id)
    except SQLAlchemyError as error:
        logger.warning("woken for %s, but the database does not answer: %s", job_id, error)
    finally:
        database.close()
        news.stop()
