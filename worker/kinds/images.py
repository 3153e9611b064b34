"""How kinds that train load their images, and what they tell of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pdarts_core.images.dataset import ImageDataset
from store.history import NewEvent
from store.image_folder import Split
from store.job_spec import JobSpec
from worker.control import Control
from worker.datasets import DatasetProgress, load_dataset
from worker.datasets.loading import Statistics
from worker.journal import Journal


@dataclass(frozen=True, kw_only=True)
class ImageLoader:
    """Loads the images that a spec names, and obeys while it does."""

    spec: JobSpec[Any]
    data_dir: Path
    journal: Journal
    control: Control

    def load_training_images(self) -> ImageDataset:
        """Load the images to train on: as many as the spec allows.

        Raises:
            DatasetError: they cannot be used.
            LeaseLost, Stopped: the attempt is not to go on.
        """
        return self._load("train", max_images=self.spec.max_images)

    def load_test_images(self, train: ImageDataset) -> ImageDataset:
        """Load all test images, to be normalised as the training images are. Raises as above."""
        return self._load("test", statistics=(train.mean, train.std))

    def _load(
        self, split: Split, *, max_images: int | None = None, statistics: Statistics | None = None
    ) -> ImageDataset:
        dataset = load_dataset(
            self.spec.dataset,
            data_dir=self.data_dir,
            split=split,
            image_size=self.spec.image_size,
            max_images=max_images,
            seed=self.spec.config.seed,
            statistics=statistics,
            on_progress=self._tell,
        )
        self.control.went_on()
        self.journal.note(dataset_ready(dataset, split))
        return dataset

    def _tell(self, progress: DatasetProgress) -> None:
        self.control.went_on()
        self.journal.note(dataset_loading(progress))
        self.control.stop_if_wanted()


def dataset_loading(progress: DatasetProgress) -> NewEvent:
    """Return the line for a data set that is being loaded."""
    data = {"done": progress.done, "total": progress.total, "unit": progress.unit}
    return NewEvent(type="dataset_loading", message=progress.message, data=data)


def dataset_ready(dataset: ImageDataset, split: Split) -> NewEvent:
    """Return the line for a data set that has been loaded."""
    height, width = dataset.images.shape[2:]
    data = {
        "images": len(dataset),
        "classes": dataset.num_classes,
        "height": height,
        "width": width,
        "mean": dataset.mean,
        "std": dataset.std,
    }
    kind = "test images" if split == "test" else "images"
    message = (
        f"{len(dataset):,} {kind} of {dataset.name} in {dataset.num_classes} classes,"
        f" {height}×{width}"
    )
    return NewEvent(type="dataset_ready", message=message, data=data)
