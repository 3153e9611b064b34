"""Shows a job on a terminal until it has ended."""

from collections.abc import Callable, Sequence
from typing import Any

from cli.client import Epoch, Evaluation, EvaluationEpoch, Search, Status
from cli.client.job import BlockingJob
from cli.errors import JobNotSucceeded
from cli.progress_display import Display

_LOOK_SECONDS = 2.0


def show_until_ended(
    job: BlockingJob[Any],
    display: Display,
    new_epochs: Callable[[], Sequence[Any]],
    *,
    is_to_stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Show a job's progress; return whether it has ended, or was left before its end.

    Args:
        job: what is followed.
        display: where it is shown.
        new_epochs: returns the epochs that have ended since its last call.
        is_to_stop: tells whether to leave.
    """
    while True:
        display.show(job.record, new_epochs())
        if job.has_ended or is_to_stop():
            return job.has_ended
        job.refresh(wait_seconds=_LOOK_SECONDS)


def check_success(job: BlockingJob[Any]) -> None:
    """Raise an error unless the job succeeded.

    Raises:
        JobNotSucceeded: it has another end.
    """
    if job.status is Status.SUCCEEDED:
        return
    if job.error is None:
        raise JobNotSucceeded(job.status, f"{job.id} has no result")
    raise JobNotSucceeded(job.error.code, job.error.message)


def new_epochs_of_search(search: Search) -> Callable[[], list[Epoch]]:
    """Return what tells the epochs of a search that have ended since its last call."""
    newest = (1, 0)

    def take() -> list[Epoch]:
        nonlocal newest
        stage, _ = newest
        found: list[Epoch] = []
        for number in range(stage, (search.progress.stage or 0) + 1):
            found += search.epochs(stage=number)
        new = [epoch for epoch in found if (epoch.stage, epoch.epoch) > newest]
        if new:
            newest = new[-1].stage, new[-1].epoch
        return new

    return take


def new_epochs_of_evaluation(evaluation: Evaluation) -> Callable[[], list[EvaluationEpoch]]:
    """Return what tells the epochs of an evaluation that have ended since its last call."""
    newest = 0

    def take() -> list[EvaluationEpoch]:
        nonlocal newest
        new = list(evaluation.epochs(after=newest))
        if new:
            newest = new[-1].epoch
        return new

    return take
