"""What is asked of a data set."""

from dataclasses import dataclass
from pathlib import Path

from store.image_folder import Split
from worker.datasets.progress import OnProgress


@dataclass(frozen=True, kw_only=True)
class DatasetRequest:
    """One split of a data set, its images bounded in size and number."""

    name: str
    data_dir: Path
    split: Split
    image_size: int | None
    """Side of the squares that the images become; None for their own size."""
    max_images: int | None
    seed: int
    """Chooses the images where `max_images` bounds them."""
    on_progress: OnProgress
