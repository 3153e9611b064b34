"""Where a search continues: at the newest good checkpoint, or at its start."""

from collections.abc import Iterator
from functools import partial

import torch

from pdarts_core.images.dataset import ImageDataset
from pdarts_core.search import run_search
from pdarts_core.stages.checkpoint import Checkpoint, CheckpointMismatch
from pdarts_core.stages.events import SearchEvent
from store.lease import CheckpointPointer
from worker.checkpoints import RejectedCheckpoint
from worker.kinds.search.checkpoints import unpack
from worker.kinds.search.recorder import SearchRecorder


def resume_search(
    dataset: ImageDataset,
    *,
    device: torch.device,
    pointer: CheckpointPointer | None,
    recorder: SearchRecorder,
) -> Iterator[SearchEvent]:
    """Return the events of a search that follow those already written.

    Args:
        dataset: the training set.
        device: where.
        pointer: the checkpoint that the job points to; None for a new search.
        recorder: knows the search; notes rejected checkpoints.
    """
    search = partial(run_search, recorder.config, dataset, device=device)
    rejected: list[RejectedCheckpoint] = []
    for found in recorder.journal.keeper.stored(pointer, unpack):
        if isinstance(found, RejectedCheckpoint):
            rejected.append(found)
            continue
        try:
            events = search(checkpoint=found.checkpoint)
        except CheckpointMismatch as error:
            rejected.append(RejectedCheckpoint(key=found.key, reason=str(error)))
            continue
        _take_back(rejected, found.checkpoint, recorder)
        return events
    _take_back(rejected, None, recorder)
    return search()


def _take_back(
    rejected: list[RejectedCheckpoint], checkpoint: Checkpoint | None, recorder: SearchRecorder
) -> None:
    if not rejected:
        return
    if checkpoint is None:
        recorder.reject_checkpoints(rejected, stage=1, epochs=0)
    else:
        epochs = checkpoint.state.epoch if checkpoint.state else 0
        recorder.reject_checkpoints(rejected, stage=checkpoint.stage + 1, epochs=epochs)
