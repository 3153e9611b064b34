"""The images of a data set that a job's owner sent, brought to this machine."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.artifacts import ArtifactError, ArtifactsUnreachable
from store.catalogue import DatasetUnavailableError
from store.settings import Settings
from store.tables import DatasetRow, Job
from worker.checkpoints import patiently
from worker.control import Control
from worker.datasets import DatasetProgress
from worker.datasets.image_store import ImageStore, Pack
from worker.datasets.progress import ProgressReporter
from worker.journal import Journal
from worker.kinds.image_failures import DatasetChanged
from worker.kinds.shared_events import dataset_loading


@contextmanager
def folder_of_images(journal: Journal, control: Control, settings: Settings) -> Iterator[Path]:
    """Yield the folder in which a job's data set lies, for as long as it is used.

    Raises:
        DatasetUnavailableError: it was deleted, is damaged, or there is no room for it.
        DatasetChanged: other images have been sent under its name since the job was submitted.
        ArtifactsUnreachable: the store does not answer.
        LeaseLost, Stopped: the attempt is not to go on.
    """
    wanted = journal.read(partial(_wanted_by, job_id=journal.lease.job_id))
    if wanted is None:
        yield settings.data_dir
        return
    store = ImageStore(settings.datasets_folder, settings.dataset_store_bytes)
    pack = Pack(dataset=wanted.name, digest=wanted.digest, bytes=wanted.bytes)
    delivery = _Delivery(row=wanted, journal=journal, control=control)
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(
                store.images(pack, delivery.fetch, delivery.beat, delivery.wait)
            )
        except ArtifactsUnreachable:
            raise
        except OSError as error:
            reason = error.strerror or error
            raise DatasetUnavailableError(
                f"the images of {wanted.name!r} cannot be kept on the worker's machine: {reason}"
            ) from error
        yield folder


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """A data set as its row has it."""

    name: str
    digest: str
    key: str
    sha256: str
    bytes: int


@dataclass(kw_only=True)
class _Delivery:
    """Fetches one pack, tells how far it is, and obeys meanwhile."""

    row: _Wanted
    journal: Journal
    control: Control
    _has_waited: bool = field(default=False, init=False)

    def beat(self) -> None:
        self.control.went_on()
        self.control.stop_if_wanted()

    def wait(self) -> None:
        """Tell once that another process of this machine fetches or deletes them, and wait on."""
        if not self._has_waited:
            self._has_waited = True
            message = f"waiting for another process on this machine that uses {self.row.name}"
            self._tell(DatasetProgress(message=message, total=self.row.bytes, unit="bytes"))
        self.beat()

    @patiently
    def fetch(self, file: BinaryIO) -> None:
        file.seek(0)
        file.truncate()
        action = f"fetching {self.row.name}"
        reporter = ProgressReporter(self._tell, action, self.row.bytes, "bytes")
        written = _Watched(file=file, reporter=reporter, delivery=self)
        try:
            self.journal.artifacts.get_file(self.row.key, written, sha256=self.row.sha256)
        except ArtifactError as error:
            raise DatasetUnavailableError(
                f"the images of {self.row.name!r} cannot be fetched ({error}); send them again"
            ) from error

    def _tell(self, progress: DatasetProgress) -> None:
        self.journal.note(dataset_loading(progress))


@dataclass(frozen=True, kw_only=True)
class _Watched:
    """A file that tells of what is written to it."""

    file: BinaryIO
    reporter: ProgressReporter
    delivery: _Delivery

    def write(self, piece: bytes) -> int:
        self.delivery.beat()
        written = self.file.write(piece)
        self.reporter.advance(written)
        return written


def _wanted_by(session: Session, job_id: str) -> _Wanted | None:
    """Return what a job needs; None if its data set is one that all owners share."""
    of_job = select(Job.dataset, Job.dataset_id, Job.dataset_digest).where(Job.id == job_id)
    name, dataset_id, digest = session.execute(of_job).one()
    submitted = digest or ""
    if dataset_id is None:
        return None
    row = session.get(DatasetRow, dataset_id)
    if row is None:
        raise DatasetUnavailableError(f"data set {name!r} was deleted; send it and submit again")
    if row.digest != submitted:
        raise DatasetChanged(
            f"other images have been sent as {name!r} since this was submitted: their digest is "
            f"{row.digest[:12]}…, and was {submitted[:12]}…. Send the old ones again and retry, or "
            "submit it again"
        )
    return _Wanted(
        name=row.name,
        digest=row.digest,
        key=row.pack_key,
        sha256=row.pack_sha256,
        bytes=row.pack_bytes,
    )
