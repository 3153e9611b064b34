"""What a message starts. It only says that there is work; the database says which."""

import logging

import torch
from sqlalchemy.exc import SQLAlchemyError

from store.queue import RUN_JOB
from store.settings import get_settings
from worker.app import app
from worker.devices import bound_threads, offered_devices
from worker.draining import get_drain_flag
from worker.identity import get_identity
from worker.kinds.registry import WORKER_KINDS
from worker.runner import opened_runner

logger = logging.getLogger(__name__)


@app.task(name=RUN_JOB)
def run_job(job_id: str) -> None:
    """Run the first waiting job, whichever job the message names."""
    settings = get_settings()
    bound_threads()
    opened = opened_runner(
        settings,
        app,
        worker_id=get_identity().id,
        drain=get_drain_flag(),
        kinds=WORKER_KINDS,
        has_cuda=torch.cuda.is_available(),
        devices=offered_devices(settings.gpus_per_worker),
    )
    try:
        with opened as runner:
            if not runner.run_next():
                logger.info("woken for %s, but no job is waiting", job_id)
    except SQLAlchemyError as error:
        logger.warning("woken for %s, but the database does not answer: %s", job_id, error)
