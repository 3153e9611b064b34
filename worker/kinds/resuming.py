"""Where training continues: at the newest good checkpoint, or at its start."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from pdarts_core.stages.checkpoint import CheckpointMismatch
from pdarts_core.stages.checkpoint_file import CheckpointError
from store.lease import CheckpointPointer
from worker.checkpoints import CheckpointKeeper, CheckpointUnreadable, RejectedCheckpoint

C = TypeVar("C")
E = TypeVar("E")

Run = Callable[[C | None], Iterator[E]]
"""Returns the events after a checkpoint, or all of them; raises CheckpointMismatch."""
TakeBack = Callable[[Sequence[RejectedCheckpoint], C | None], None]
"""Notes what was rejected, and deletes what comes after the checkpoint that is used instead."""


def go_on(
    keeper: CheckpointKeeper,
    pointer: CheckpointPointer | None,
    load: Callable[[bytes], C],
    *,
    run: Run[C, E],
    take_back: TakeBack[C],
) -> Iterator[E]:
    """Return the events of a job that follow those already written.

    Args:
        keeper: of the job's checkpoints.
        pointer: the checkpoint that the job points to; None for a new job.
        load: makes a checkpoint from its bytes; may raise CheckpointError.
        run: continues from a checkpoint.
        take_back: is called if checkpoints were rejected.
    """
    rejected: list[RejectedCheckpoint] = []
    for found in keeper.stored(pointer, partial(_unpack, load=load)):
        if isinstance(found, RejectedCheckpoint):
            rejected.append(found)
            continue
        try:
            events = run(found.checkpoint)
        except CheckpointMismatch as error:
            rejected.append(RejectedCheckpoint(key=found.key, reason=str(error)))
            continue
        if rejected:
            take_back(rejected, found.checkpoint)
        return events
    if rejected:
        take_back(rejected, None)
    return run(None)


def _unpack(data: bytes, *, load: Callable[[bytes], C]) -> C:
    try:
        return load(data)
    except CheckpointError as error:
        raise CheckpointUnreadable(str(error)) from error
