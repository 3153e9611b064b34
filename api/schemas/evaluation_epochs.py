"""An epoch of an evaluation as clients see it."""

from api.http.bodies import Body, described
from store.tables import EvaluationEpoch


class EvaluationEpochBody(Body):
    """What one epoch measured. Accuracies are shares (0 to 1)."""

    epoch: int = described("Counted from 1")
    learning_rate: float = described("Learning rate of the epoch")
    drop_path_prob: float = described("The probability with which paths were dropped")
    train_loss: float = described(
        "Loss (nats) on the training images as they are trained on: augmented, mixed, smoothed"
    )
    train_auxiliary_loss: float = described("The auxiliary head's; 0 without the head")
    train_accuracy: float = described("Share of these that are classified correctly")
    train_top5: float = described("Share of these whose class is among the five most probable")
    gradient_norm: float = described("Of all gradients together, before clipping; the mean")
    valid_loss: float | None = described(
        "Cross entropy (nats) on the held-out images; null without any"
    )
    valid_accuracy: float | None = described("As `train_accuracy`, on the held-out images")
    valid_top5: float | None = described("As `train_top5`, on the held-out images")
    seconds: float = described("How long training took")
    images_per_second: float = described("Images trained on per second")
    memory_bytes: int | None = described("Peak memory on the device; null if unknown")


def evaluation_epoch_body(row: EvaluationEpoch) -> EvaluationEpochBody:
    """Return what clients are shown of an epoch."""
    return EvaluationEpochBody(
        **{name: getattr(row, name) for name in EvaluationEpochBody.model_fields}
    )
