"""An evaluation's checkpoints as bytes, and how they are named."""

from pdarts_core.recipe import checkpoint as codec
from pdarts_core.recipe.checkpoint import EvaluationCheckpoint
from worker.checkpoints import NewCheckpoint


def pack(checkpoint: EvaluationCheckpoint, *, step: int) -> NewCheckpoint:
    """Return a checkpoint as it is stored; `step` counts the steps of all epochs."""
    state = checkpoint.state
    return NewCheckpoint(
        data=codec.save(checkpoint),
        place=(state.epoch if state else 0, step),
        device=state.device_type if state else None,
    )
