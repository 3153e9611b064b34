"""What the history of jobs of several kinds says: of their images, and of shared devices."""

from typing import TYPE_CHECKING

from store.history import NewEvent
from store.image_folder import Split
from store.loaded_images import LOADED
from store.wording import number_of
from worker.datasets import DatasetProgress

if TYPE_CHECKING:  # a check tells its progress without torch
    from pdarts_core.images.dataset import ImageDataset


def dataset_loading(progress: DatasetProgress) -> NewEvent:
    """Return the line for a data set that is being loaded."""
    data = {"done": progress.done, "total": progress.total, "unit": progress.unit}
    return NewEvent(type="dataset_loading", message=progress.message, data=data)


def dataset_ready(dataset: "ImageDataset", split: Split) -> NewEvent:
    """Return the line for a data set that has been loaded."""
    height, width = dataset.images.shape[2:]
    data = {
        "images": len(dataset),
        "classes": dataset.num_classes,
        "height": height,
        "width": width,
        "mean": dataset.mean,
        "std": dataset.std,
        "sha256": dataset.fingerprint(),
        "skipped": dataset.skipped,
    }
    images = number_of(len(dataset), "test image" if split == "test" else "image")
    left_out = f"; {number_of(dataset.skipped, 'file')} left out" if dataset.skipped else ""
    message = (
        f"{images} of {dataset.name} in {number_of(dataset.num_classes, 'class')},"
        f" {height}×{width}{left_out}"
    )
    return NewEvent(type=LOADED, message=message, data=data)


def devices_changed(*, before: int, now: int, **where: int) -> NewEvent:
    """Return the line for another number of devices than before, from some place on."""
    message = (
        f"goes on with {number_of(now, 'device')} instead of {before}: from here on, sums are"
        " rounded differently"
    )
    data = {**where, "before": before, "now": now}
    return NewEvent(type="devices_changed", message=message, data=data)
