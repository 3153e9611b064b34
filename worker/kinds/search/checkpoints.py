"""A search's checkpoints as bytes, and how they are named."""

from pdarts_core.stages import checkpoint as codec
from pdarts_core.stages.checkpoint import Checkpoint
from worker.checkpoints import NewCheckpoint


def pack(checkpoint: Checkpoint, *, step: int) -> NewCheckpoint:
    """Return a checkpoint as it is stored; `step` counts the steps of all stages."""
    state = checkpoint.state
    return NewCheckpoint(
        data=codec.save(checkpoint),
        place=(checkpoint.stage + 1, state.epoch if state else 0, step),
        device=state.device_type if state else None,
    )
