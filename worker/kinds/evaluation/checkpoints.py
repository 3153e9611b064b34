"""An evaluation's checkpoints as bytes, and how they are named."""

from pdarts_core.recipe import checkpoint as codec
from pdarts_core.recipe.checkpoint import CheckpointError, EvaluationCheckpoint
from worker.checkpoints import CheckpointUnreadable, NewCheckpoint


def pack(checkpoint: EvaluationCheckpoint, *, step: int) -> NewCheckpoint:
    """Return a checkpoint as it is stored; `step` counts the steps of all epochs."""
    state = checkpoint.state
    return NewCheckpoint(
        data=codec.save(checkpoint),
        place=(state.epoch if state else 0, step),
        device=state.device_type if state else None,
    )


def unpack(data: bytes) -> EvaluationCheckpoint:
    """Read back what `pack` stored.

    Raises:
        CheckpointUnreadable: the bytes are damaged, or have another format.
    """
    try:
        return codec.load(data)
    except CheckpointError as error:
        raise CheckpointUnreadable(str(error)) from error
