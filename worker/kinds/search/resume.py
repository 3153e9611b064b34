"""Where a search continues: at the newest good checkpoint, or at its start."""

from collections.abc import Iterator, Sequence

import torch

from pdarts_core.images.dataset import ImageDataset
from pdarts_core.search import run_search
from pdarts_core.stages.checkpoint import Checkpoint
from pdarts_core.stages.events import SearchEvent
from store.lease import CheckpointPointer
from worker.checkpoints import RejectedCheckpoint
from worker.kinds.resuming import go_on
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

    def run(checkpoint: Checkpoint | None) -> Iterator[SearchEvent]:
        return run_search(recorder.config, dataset, device=device, checkpoint=checkpoint)

    def take_back(rejected: Sequence[RejectedCheckpoint], used: Checkpoint | None) -> None:
        epochs = used.state.epoch if used and used.state else 0
        stage = used.stage + 1 if used else 1
        recorder.reject_checkpoints(rejected, stage=stage, epochs=epochs)

    return go_on(recorder.journal.keeper, pointer, unpack, run=run, take_back=take_back)
