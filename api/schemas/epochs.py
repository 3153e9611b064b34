"""An epoch as clients see it."""

from api.schemas.base import Body, described
from store.tables import Epoch


class EpochBody(Body):
    """What one epoch measured. Accuracies are shares (0 to 1)."""

    stage: int = described("Counted from 1")
    epoch: int = described("Of the stage, counted from 1")
    phase: str = described("`weights` (alphas are frozen) or `architecture`")
    learning_rate: float = described("Of the weights")
    dropout_rate: float = described("Of the dropout on skip-connects")
    train_loss: float
    train_accuracy: float
    train_top5: float
    valid_loss: float | None = described("On the other part of the images; null: not measured")
    valid_accuracy: float | None
    valid_top5: float | None
    seconds: float
    images_per_second: float
    memory_bytes: int | None = described("Peak on the device; null where it does not tell")


def epoch_body(row: Epoch) -> EpochBody:
    """Return what clients are shown of an epoch."""
    return EpochBody(**{name: getattr(row, name) for name in EpochBody.model_fields})
