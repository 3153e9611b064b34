"""An epoch as clients see it."""

from api.http.bodies import Body, described
from store.tables import Epoch


class EpochBody(Body):
    """What one epoch measured. Accuracies are shares (0 to 1)."""

    stage: int = described("Counted from 1")
    epoch: int = described("Of the stage, counted from 1")
    phase: str = described("`weights` (alphas are frozen) or `architecture`")
    learning_rate: float = described("Learning rate of the weights")
    dropout_rate: float = described("Dropout rate on skip-connects")
    train_loss: float = described("Cross entropy (nats) on the images that train the weights")
    train_accuracy: float = described("Share of these that are classified correctly")
    train_top5: float = described("Share of these whose class is among the five most probable")
    valid_loss: float | None = described(
        "Cross entropy (nats) on the second half (the images that train the alphas, not the "
        "weights); null if not measured"
    )
    valid_accuracy: float | None = described("As `train_accuracy`, on the second half")
    valid_top5: float | None = described("As `train_top5`, on the second half")
    seconds: float = described("How long it took, without measuring on the second half")
    images_per_second: float = described("Images trained on per second, for weights and alphas")
    memory_bytes: int | None = described("Peak memory on the device; null if unknown")


EPOCH_CURSOR = r"^[0-9]{1,2}\.[0-9]{1,4}$"
"""How the cursor of a page looks: the stage and the epoch that it ended with."""


def epoch_cursor(epoch: EpochBody) -> str:
    """Return the cursor after which the next page starts."""
    return f"{epoch.stage}.{epoch.epoch}"


def place_of(cursor: str) -> tuple[int, int]:
    """Return the stage and the epoch that a cursor names."""
    stage, epoch = map(int, cursor.split("."))
    return stage, epoch


def epoch_body(row: Epoch) -> EpochBody:
    """Return what clients are shown of an epoch."""
    return EpochBody(**{name: getattr(row, name) for name in EpochBody.model_fields})
