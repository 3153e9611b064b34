"""What computes a job: its devices, their processes, and the threads of a CPU."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import torch

from pdarts_core.estimates.workload import Grid
from pdarts_core.images.dataset import ImageDataset
from store.job_spec import ConfigT, JobSpec
from store.settings import Settings
from worker.devices import at_most_threads
from worker.journal import Journal
from worker.ranks.group import RankGroup


@contextmanager
def computing_group(
    spec: JobSpec[ConfigT],
    device: torch.device,
    train: ImageDataset,
    *,
    threads_for: Callable[[ConfigT, int, Grid], int],
    journal: Journal,
    settings: Settings,
) -> Iterator[RankGroup]:
    """Open the group of processes that compute a job, for as long as the block runs.

    Args:
        spec: the job's.
        device: what kind of device each of them has.
        train: its training images.
        threads_for: tells from the config, the number of these images and their size how many
            threads have work in a step; on a CPU, no more are used.
        journal: of the attempt.
        settings: how long a step may take, and where the job's images have room.
    """
    threads = threads_for(spec.config, len(train), Grid(*train.images.shape[2:]))
    with (
        at_most_threads(threads) if device.type == "cpu" else nullcontext(),
        RankGroup(
            journal.kind.name,
            device=device.type,
            size=spec.device_count,
            step_timeout_seconds=settings.step_timeout_seconds,
            folder=settings.home,
        ) as group,
    ):
        yield group
