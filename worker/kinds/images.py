"""How kinds that train load their images, and what they tell of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from pdarts_core.images.dataset import ImageDataset
from store.catalogue import BUILTIN_DATASETS, DatasetUnavailableError
from store.dataset_report import DatasetReport
from store.datasets import mark_of_folder, report_of_folder
from store.folder_facts import find_root
from store.history import NewEvent
from store.image_folder import Split
from store.job_spec import JobSpec
from store.lease import record
from store.loaded_images import loaded_images
from store.tables import Job
from store.wording import number_of
from worker.control import Control
from worker.datasets import DatasetProgress
from worker.datasets.inspection.files_mark import mark_of_files_in
from worker.datasets.loading import Statistics, load_dataset
from worker.journal import Journal
from worker.kinds.image_failures import DatasetChanged
from worker.kinds.shared_events import dataset_loading, dataset_ready

Skipped = int | ColumnElement[int]
"""How many images were left out."""
Digest = Mapping[str, str | None]
"""What is to be written of a folder's content: nothing, or its digest, if that is known."""


@dataclass(frozen=True, kw_only=True)
class ImageLoader:
    """Loads the images that a spec names, and obeys while it does."""

    spec: JobSpec[Any]
    data_dir: Path
    journal: Journal
    control: Control
    has_begun: bool
    """Whether there is a checkpoint, which only the images that it was made from can follow."""

    def load_training_images(self) -> ImageDataset:
        """Load the images to train on: as many as the spec allows.

        Raises:
            DatasetError: they cannot be used.
            DatasetChanged: they are not those that the job began with.
            LeaseLost, Stopped: the attempt is not to go on.
        """
        dataset = self._load("train", max_images=self.spec.max_images)
        loaded = dataset_ready(dataset, "train")
        if self.has_begun:
            self._compare(loaded.data, "train")
        skipped: Skipped = dataset.skipped
        if self.has_begun:  # those left out of the test images may be counted already
            skipped = func.coalesce(Job.images_skipped, dataset.skipped)
        self._note(loaded, skipped=skipped, digest={} if self.has_begun else self._digest())
        return dataset

    def load_test_images(self, train: ImageDataset) -> ImageDataset:
        """Load all test images, to be normalised as the training images are. Raises as above."""
        dataset = self._load("test", statistics=(train.mean, train.std))
        loaded = dataset_ready(dataset, "test")
        if self.has_begun:
            self._compare(loaded.data, "test")
        digest = self._digest(unless_changed=True)
        self._note(loaded, skipped=train.skipped + dataset.skipped, digest=digest)
        return dataset

    def _note(self, loaded: NewEvent, *, skipped: Skipped, digest: Digest) -> None:
        """Write what was loaded, how many images were left out so far, and a folder's digest."""
        lease = self.journal.lease

        def change(session: Session) -> None:
            record(session, lease, event=loaded)
            known: dict[str, Any] = {**digest}
            if self.spec.skip_invalid:
                known["images_skipped"] = skipped
            if known:
                session.execute(update(Job).where(Job.id == lease.job_id).values(known))

        self.journal.write(change)

    def _digest(self, *, unless_changed: bool = False) -> Digest:
        """Return the digest of a folder that all owners share, as a check has read its files.

        Args:
            unless_changed: it is not that of the training images any more if it has changed since
                they were loaded.

        Raises:
            DatasetUnavailableError: it has gone since it was loaded, or cannot be read any more.
        """
        name = self.spec.dataset
        of_job = select(Job.dataset_id, Job.dataset_digest).where(
            Job.id == self.journal.lease.job_id
        )
        dataset_id, before = self.journal.read(lambda session: session.execute(of_job).one())
        if dataset_id is not None or name in BUILTIN_DATASETS:
            return {}
        try:
            root = find_root(self.data_dir, name)
            find = partial(report_of_folder, name=name, mark=mark_of_folder(root))
            report = self.journal.read(find)
            if report is None or not _is_of_files_in(root, report):
                return {"dataset_digest": None}
        except OSError as error:
            reason = error.strerror or error
            raise DatasetUnavailableError(f"data set {name!r}: {reason}") from error
        has_changed = unless_changed and report.digest != before
        return {"dataset_digest": None if has_changed else report.digest}

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
            skip_invalid=self.spec.skip_invalid,
            statistics=statistics,
            on_progress=self._tell,
        )
        self.control.went_on()
        return dataset

    def _compare(self, now: Mapping[str, Any], split: Split) -> None:
        job_id = self.journal.lease.job_id
        before = self.journal.read(partial(loaded_images, job_id=job_id, split=split))
        digest = before.get("sha256") if before else None
        if before is not None and digest not in {None, now["sha256"]}:
            noun = self.journal.kind.noun
            of = "test images" if split == "test" else "images"
            raise DatasetChanged(
                f"the {of} of {self.spec.dataset} are not those that this {noun} began with: "
                f"{difference(before, now)}. Bring the old ones back and retry, or submit it again"
            )

    def _tell(self, progress: DatasetProgress) -> None:
        self.control.went_on()
        self.journal.note(dataset_loading(progress))
        self.control.stop_if_wanted()


def _is_of_files_in(root: Path, report: DatasetReport) -> bool:
    """Tell whether a check has read these very files, also where one was written in its place."""
    return report.files_mark is None or report.files_mark == mark_of_files_in(root)


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return in which way images differ from those that were loaded before."""
    told = [_words_for(images) for images in (before, now)]
    if told[0] == told[1]:
        return (
            f"there are {told[1]}, as before, but some of them or the names of their classes differ"
        )
    return f"there were {told[0]}, and now there are {told[1]}"


def _words_for(images: Mapping[str, Any]) -> str:
    return (
        f"{number_of(images['images'], 'image')} of {images['height']}×{images['width']} pixels"
        f" in {images['classes']} classes"
    )
