"""What an attempt at a check does: it reads every image, and writes what it found.

A check has no checkpoints: one that is interrupted begins anew.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from sqlalchemy import update
from sqlalchemy.orm import Session

from store.artifacts import ArtifactsUnreachable
from store.catalogue import find_dataset
from store.dataset_report import DatasetReport
from store.folder_facts import find_root
from store.history import NewEvent
from store.lease import Progress, succeed
from store.settings import Settings
from store.states import EventLevel
from store.tables import Check
from store.wording import number_of
from worker.checkpoints import patiently
from worker.claims import ClaimedJob
from worker.control import Control
from worker.datasets import DatasetProgress
from worker.datasets.inspection import contact_sheet, inspect_folder
from worker.journal import Journal
from worker.kinds.sent_images import folder_of_images
from worker.kinds.shared_events import dataset_loading

_LEVELS = ("error", "warning")

logger = logging.getLogger(__name__)


class CheckWork:
    """One attempt's part of a check.

    Args:
        job: the claimed job.
        settings: where images are.
    """

    def __init__(self, job: ClaimedJob, settings: Settings) -> None:
        self._dataset: str = job.spec["dataset"]
        self._settings = settings
        self._progress: Progress | None = None

    @property
    def progress(self) -> Progress | None:
        """How many of the images have been read."""
        return self._progress

    def run(self, journal: Journal, control: Control) -> None:
        """Check the data set."""

        def tell(progress: DatasetProgress) -> None:
            control.went_on()
            control.stop_if_wanted()
            if progress.total:
                fraction = progress.done / progress.total
                self._progress = Progress(fraction=fraction, place={}, remaining_seconds=None)
            journal.note(dataset_loading(progress))

        with folder_of_images(journal, control, self._settings) as folder:
            find_dataset(folder, self._dataset)
            root = find_root(folder, self._dataset)
            report, tree = inspect_folder(root, on_progress=tell)

            def beat() -> None:
                control.went_on()
                control.stop_if_wanted()

            beat()
            sheet = contact_sheet(tree, deep_bits=report.deep_bits, beat=beat)
            self._end(journal, report, sheet)

    def _end(self, journal: Journal, report: DatasetReport, sheet: bytes) -> None:
        values: dict[str, object] = {"report": report.to_dict()}
        line = checked(self._dataset, report)
        key = f"{journal.lease.job_id}/samples.png"
        try:
            sha256 = patiently(journal.artifacts.put)(key, sheet)
        except ArtifactsUnreachable:
            raise
        except OSError as error:
            # All but the samples is known, and a full disk may stay full.
            logger.warning("could not store samples of %s: %s", self._dataset, error)
            line = replace(line, message=f"{line.message}; its samples could not be stored")
        else:
            values |= {"samples_key": key, "samples_sha256": sha256}
        journal.write(partial(_finish, journal=journal, values=values, line=line))


def checked(dataset: str, report: DatasetReport) -> NewEvent:
    """Return the line for a check that has ended."""
    counts = {
        level: sum(finding.level == level for finding in report.findings) for level in _LEVELS
    }
    found = " and ".join(number_of(counts[level], level) for level in _LEVELS if counts[level])
    images = number_of(report.images, "image")
    return NewEvent(
        type="succeeded",
        message=f"{images} of {dataset} checked: {found or 'nothing is wrong'}",
        level=EventLevel.WARNING if found else EventLevel.INFO,
        data={
            "dataset": dataset,
            "digest": report.digest,
            "errors": counts["error"],
            "warnings": counts["warning"],
        },
    )


def _finish(
    session: Session, *, journal: Journal, values: Mapping[str, object], line: NewEvent
) -> None:
    succeed(session, journal.lease, line)
    session.execute(update(Check).where(Check.id == journal.lease.job_id).values(values))
