"""Where a search continues: at the newest good checkpoint, or at its start."""

from collections.abc import Iterator, Sequence
from functools import partial

from pdarts_core.images.dataset import ImageDataset
from pdarts_core.parallel.communicator import Communicator
from pdarts_core.search import run_search
from pdarts_core.stages.checkpoint import Checkpoint, load
from pdarts_core.stages.events import BatchHalved, SearchEvent
from store.lease import CheckpointPointer
from worker.checkpoints import RejectedCheckpoint
from worker.kinds.resuming import go_on
from worker.kinds.search.rank import contents_of
from worker.kinds.search.recorder import SearchRecorder
from worker.ranks.group import RankGroup
from worker.ranks.running import run_in_group


def resume_search(
    dataset: ImageDataset,
    *,
    group: RankGroup,
    pointer: CheckpointPointer | None,
    recorder: SearchRecorder,
) -> Iterator[SearchEvent]:
    """Return the events of a search that follow those already written.

    Args:
        dataset: the training set.
        group: the processes that run it, and their devices.
        pointer: the checkpoint that the job points to; None for a new search.
        recorder: knows the search; notes rejected checkpoints.
    """

    def run(checkpoint: Checkpoint | None) -> Iterator[SearchEvent]:
        return run_in_group(
            group,
            checkpoint,
            run=in_this_process,
            contents=partial(contents_of, recorder.config, dataset),
            goes_back_to=lambda event: event.snapshot() if isinstance(event, BatchHalved) else None,
        )

    def in_this_process(
        checkpoint: Checkpoint | None, communicator: Communicator
    ) -> Iterator[SearchEvent]:
        return run_search(
            recorder.config,
            dataset,
            device=group.own_device,
            checkpoint=checkpoint,
            communicator=communicator,
        )

    def take_back(rejected: Sequence[RejectedCheckpoint], used: Checkpoint | None) -> None:
        epochs = used.state.epoch if used and used.state else 0
        stage = used.stage + 1 if used else 1
        recorder.reject_checkpoints(rejected, stage=stage, epochs=epochs)

    return go_on(recorder.journal.keeper, pointer, load, run=run, take_back=take_back)
