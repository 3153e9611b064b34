"""An evaluation that starts again with smaller parts of each batch when memory runs out."""

from collections.abc import Iterator

from pdarts_core.config_fields import LEAST_IMAGES_AT_ONCE
from pdarts_core.parallel.communicator import StartAnew
from pdarts_core.recipe.checkpoint import EvaluationCheckpoint
from pdarts_core.recipe.events import (
    EvaluationBatchHalved,
    EvaluationEvent,
    EvaluationProcessesChanged,
)
from pdarts_core.recipe.run import EvaluationRun, LastBoundary
from pdarts_core.recipe.task import EvaluationTask
from pdarts_core.recipe.training import EvaluationTraining
from pdarts_core.training.failures import is_out_of_memory
from pdarts_core.training.usage import give_memory_back


def run_to_the_end(task: EvaluationTask, begin: EvaluationCheckpoint) -> Iterator[EvaluationEvent]:
    """Run an evaluation from a checkpoint, in as many parts of a batch as memory requires.

    Raises:
        Diverged: a loss is not finite.
        StartAnew: after a halving with several processes; all of them must begin again.
    """
    accumulate = begin.state.accumulate if begin.state else begin.accumulate
    if begin.state and begin.state.processes != task.communicator.size:
        yield EvaluationProcessesChanged(
            epochs=begin.state.epoch,
            before=begin.state.processes,
            now=task.communicator.size,
        )
    kept = LastBoundary(begin)
    while True:
        try:
            yield from _try(task, kept, accumulate)
        except (RuntimeError, MemoryError) as error:
            accumulate *= 2
            smallest = min(task.config.batch_size, len(task.train)) // accumulate
            may_halve = task.config.halve_batches and smallest >= LEAST_IMAGES_AT_ONCE
            if not may_halve or not is_out_of_memory(error):
                raise
        else:
            return
        # By now the error is gone, and with it whatever held the memory of the failed try.
        give_memory_back(task.device)
        several = task.communicator.size > 1
        again = kept.go_back(accumulate, from_start=accumulate if several else 1)
        yield EvaluationBatchHalved(
            epochs=again.state.epoch if again.state else 0,
            images_at_once=-(-task.config.batch_size // accumulate),
            accumulation=accumulate,
            snapshot=lambda again=again: again,  # type: ignore[misc]
        )
        if several:
            # The others were left in the middle of a step.
            raise StartAnew


def _try(task: EvaluationTask, kept: LastBoundary, accumulate: int) -> Iterator[EvaluationEvent]:
    training = EvaluationTraining(
        task.config,
        task.genotype,
        task.dataset,
        task.train,
        task.held_out,
        weights=task.weights,
        accumulate=accumulate,
        communicator=task.communicator,
    )
    run = EvaluationRun(task, training, kept)
    yield from run.train()
    if task.communicator.rank == 0:
        yield from run.measure_result()
