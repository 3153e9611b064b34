"""Where an evaluation continues: at the newest good checkpoint, or at its start."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch

from pdarts_core.evaluation import run_evaluation
from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.genotype import Genotype
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.parallel.communicator import Communicator
from pdarts_core.recipe.checkpoint import EvaluationCheckpoint, load
from pdarts_core.recipe.events import EvaluationBatchHalved, EvaluationEvent
from store.lease import CheckpointPointer
from worker.checkpoints import RejectedCheckpoint
from worker.kinds.evaluation.rank import contents_of
from worker.kinds.evaluation.recorder import EvaluationRecorder
from worker.kinds.resuming import go_on
from worker.ranks.group import RankGroup
from worker.ranks.running import run_in_group


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What an evaluation trains, and on what."""

    config: EvaluationConfig
    genotype: Genotype
    train: ImageDataset
    test: Callable[[], ImageDataset] | None
    """Opens the test set; None if there is none."""
    weights: Mapping[str, torch.Tensor] | None
    """What its network begins with; None draws it."""


def resume_evaluation(
    setup: Setup,
    *,
    group: RankGroup,
    pointer: CheckpointPointer | None,
    recorder: EvaluationRecorder,
) -> Iterator[EvaluationEvent]:
    """Return the events of an evaluation that follow those already written.

    Args:
        setup: what is run.
        group: the processes that run it, and their devices.
        pointer: the checkpoint that the job points to; None for a new evaluation.
        recorder: notes rejected checkpoints.
    """

    def run(checkpoint: EvaluationCheckpoint | None) -> Iterator[EvaluationEvent]:
        return run_in_group(
            group,
            checkpoint,
            run=in_this_process,
            contents=partial(contents_of, setup.config, setup.genotype, setup.train, setup.weights),
            goes_back_to=lambda event: (
                event.snapshot() if isinstance(event, EvaluationBatchHalved) else None
            ),
        )

    def in_this_process(
        checkpoint: EvaluationCheckpoint | None, communicator: Communicator
    ) -> Iterator[EvaluationEvent]:
        return run_evaluation(
            setup.config,
            setup.genotype,
            setup.train,
            setup.test,
            device=group.own_device,
            weights=setup.weights,
            checkpoint=checkpoint,
            communicator=communicator,
        )

    def take_back(
        rejected: Sequence[RejectedCheckpoint], used: EvaluationCheckpoint | None
    ) -> None:
        epochs = used.state.epoch if used and used.state else 0
        recorder.reject_checkpoints(rejected, epochs=epochs)

    return go_on(recorder.journal.keeper, pointer, load, run=run, take_back=take_back)
