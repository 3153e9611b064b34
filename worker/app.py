"""The Celery app of the workers: `celery -A worker.app worker`."""

from celery import Celery

from store.artifact_stores import check_artifacts_url
from store.queue import create_celery
from store.settings import Settings, get_settings
from worker.process import Housekeeping, Sweep


def create_worker_app(settings: Settings) -> Celery:
    """Return an app whose worker runs one job at a time, each in a fresh process.

    Messages are acknowledged when they arrive and none is fetched ahead, since a message is only
    a doorbell: if a worker is lost, the recovery rings again for its jobs.

    Raises:
        ArtifactsUrlError: the settings name no artifact store that can be used here.
    """
    check_artifacts_url(settings.artifacts_url)
    app = create_celery(settings.redis_url)
    app.conf.update(
        imports=("worker.tasks",),
        task_acks_late=False,
        worker_disable_prefetch=True,
        worker_prefetch_multiplier=1,
        worker_pool="prefork",
        worker_concurrency=1,
        worker_max_tasks_per_child=1,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_redirect_stdouts=False,
    )
    app.steps["worker"].update({Housekeeping, Sweep})
    return app


app = create_worker_app(get_settings())
