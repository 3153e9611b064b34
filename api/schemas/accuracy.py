"""How often a search's network was right, and what that rests on, as clients see it."""

from typing import Any

from api.http.bodies import Body, described
from pdarts_core.signal.class_counts import ClassCounts
from store.tables import Epoch

MOST_CLASSES = 100


class ClassAccuracy(Body):
    """How one class did."""

    label: int = described("Its number, counted from 0 in the order of the data set's classes")
    images: int = described("Its images in the second half")
    hits: int = described("Those that were classified correctly")
    accuracy: float | None = described("Their share; null without images")


class AccuracyBody(Body):
    """The newest accuracy on the second half: the images that train the alphas, not the weights.

    At a search's end it is that of the last stage's last epoch. Shares are from 0 to 1. What rests
    on counts is null for epochs from before they were kept.
    """

    value: float = described("The share of images that were classified correctly")
    images: int | None = described("How many images it rests on")
    low: float | None = described("Where the 95% interval of `value` begins (Wilson)")
    high: float | None = described("Where it ends")
    chance: float | None = described("What naming the largest class each time would give")
    balanced: float | None = described("The mean of the classes' own accuracies")
    classes: list[ClassAccuracy] | None = described(
        "Class by class; null where all are about as large (1.5 times at most), and where there "
        f"are more than {MOST_CLASSES}"
    )
    stage: int = described("The stage that was measured")
    epoch: int = described("The epoch after which it was measured")


def accuracy_body(epoch: Epoch | None) -> AccuracyBody | None:
    """Return what clients are shown of the accuracy that an epoch measured."""
    if epoch is None or epoch.valid_accuracy is None:
        return None
    return AccuracyBody(
        value=epoch.valid_accuracy,
        stage=epoch.stage,
        epoch=epoch.epoch,
        **_of_counts(epoch.valid_classes),
    )


def _of_counts(document: dict[str, Any] | None) -> dict[str, Any]:
    if document is None:
        return dict.fromkeys(("images", "low", "high", "chance", "balanced", "classes"))
    counts = ClassCounts(**{name: tuple(numbers) for name, numbers in document.items()})
    low, high = counts.interval
    return {
        "images": counts.total,
        "low": low,
        "high": high,
        "chance": counts.chance_accuracy,
        "balanced": counts.balanced_accuracy,
        "classes": _classes(counts),
    }


def _classes(counts: ClassCounts) -> list[ClassAccuracy] | None:
    if not counts.is_uneven or len(counts.images) > MOST_CLASSES:
        return None
    return [
        ClassAccuracy(
            label=label, images=images, hits=hits, accuracy=hits / images if images else None
        )
        for label, (images, hits) in enumerate(zip(counts.images, counts.hits, strict=True))
    ]
