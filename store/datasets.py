"""Data sets that owners send, and the checks of all data sets. No function here commits."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from store.catalogue import DatasetInfo
from store.dataset_report import DatasetReport, Finding
from store.history import NewEvent
from store.image_counts import times_of_folders
from store.image_folder import SPLIT_FOLDERS, ImageSize, split_folder
from store.kinds import CHECK
from store.lifecycle import enqueue
from store.new_jobs import new_job
from store.tables import Check, DatasetRow

CHECK_PRIORITY = 100
"""A check goes before what waits for the data set: it may save it hours."""


DatasetState = Literal["unchecked", "checking", "ready", "invalid"]


@dataclass(frozen=True, kw_only=True)
class FoundDataset:
    """A data set, and what its newest check says of it."""

    info: DatasetInfo
    row: DatasetRow | None = None
    """Of one that its owner sent."""
    check: Check | None = None
    """The newest."""
    last_with_report: Check | None = None
    """The newest that has ended with a report."""
    mark: str | None = None
    """Tells one state of its files from another; None where they cannot change."""

    @property
    def id(self) -> str | None:
        """Its id, where its owner sent it; None for one that all owners share."""
        return None if self.row is None else self.row.id

    @property
    def state(self) -> DatasetState:
        """Tell what is known of its images."""
        if self.info.kind == "builtin":
            return "ready"
        if self.is_being_checked:
            return "checking"
        if self.report is not None:
            return "invalid" if self.errors else "ready"
        return "unchecked"

    @property
    def is_being_checked(self) -> bool:
        """Tell whether a check of these very files is yet to end."""
        return self.check is not None and self.was_checked and not self.check.job.state.is_final

    @cached_property
    def report(self) -> DatasetReport | None:
        """What was found by the last check that ended; None unless it was of these very files."""
        check = self.last_with_report
        if check is None or check.report is None or check.mark != self.mark:
            return None
        return DatasetReport.from_dict(check.report)

    @property
    def findings(self) -> Sequence[Finding]:
        """What the check found, errors first."""
        return [] if self.report is None else self.report.findings

    @property
    def errors(self) -> Sequence[Finding]:
        """What keeps it from being used."""
        return [finding for finding in self.findings if finding.level == "error"]

    @property
    def digest(self) -> str | None:
        """Digest of its images; None where they have not been read."""
        if self.row is not None:
            return self.row.digest
        return None if self.report is None else self.report.digest

    @property
    def was_checked(self) -> bool:
        """Tell whether its newest check is of these very files, however it ended, if it did."""
        return self.check is not None and self.check.mark == self.mark


def find_row(session: Session, owner: str, name: str) -> DatasetRow | None:
    """Return the data set that an owner sent under a name; None if there is none."""
    mine = select(DatasetRow).where(DatasetRow.owner == owner, DatasetRow.name == name)
    row: DatasetRow | None = session.scalar(mine.execution_options(populate_existing=True))
    return row


def info_of(row: DatasetRow) -> DatasetInfo:
    """Return what is known about a data set that was sent, without its images."""
    height, width = row.image_height, row.image_width
    return DatasetInfo(
        name=row.name,
        kind="sent",
        classes=len(row.classes),
        class_sizes=tuple(told["train"] for told in row.classes),
        image_size=None if height is None or width is None else ImageSize(height, width),
        available=True,
        test_classes={told["name"]: told["test"] for told in row.classes if told["test"]},
    )


class Checks(NamedTuple):
    """Of a data set."""

    newest: Check | None = None
    last_with_report: Check | None = None
    """The newest that has ended with a report."""


NO_CHECKS = Checks()


def found_row(row: DatasetRow, checks: Checks) -> FoundDataset:
    """Return a data set that was sent, with its checks."""
    return FoundDataset(
        info=info_of(row),
        row=row,
        check=checks.newest,
        last_with_report=checks.last_with_report,
        mark=row.digest,
    )


def is_check_of(name: str, dataset_id: str | None) -> ColumnElement[bool]:
    """Return the SQL condition for the checks of a data set.

    Args:
        name: the data set's.
        dataset_id: its id where its owner sent it; None for one that all owners share.
    """
    of_set = Check.dataset_id.is_(None) if dataset_id is None else Check.dataset_id == dataset_id
    return (Check.dataset == name) & of_set


def checks_of(session: Session, name: str, dataset_id: str | None) -> Checks:
    """Return the checks of a data set that are of interest."""
    newest_first = select(Check).where(is_check_of(name, dataset_id)).order_by(Check.id.desc())
    newest: Check | None = session.scalar(newest_first.limit(1))
    if newest is None or newest.report is not None:
        return Checks(newest, newest)
    with_report = newest_first.where(Check.report.is_not(None))
    return Checks(newest, session.scalar(with_report.limit(1)))


def report_of_folder(session: Session, name: str, mark: str) -> DatasetReport | None:
    """Return what the last check of a shared folder found; None unless it was of these files.

    Args:
        session: that reads.
        name: the folder's.
        mark: what `mark_of_folder` told of it.
    """
    check = checks_of(session, name, None).last_with_report
    if check is None or check.report is None or check.mark != mark:
        return None
    return DatasetReport.from_dict(check.report)


def queue_check(
    session: Session,
    owner: str,
    *,
    name: str,
    dataset_id: str | None,
    digest: str | None,
    mark: str,
    max_attempts: int,
) -> Check:
    """Queue a check of a data set.

    Args:
        session: that writes.
        owner: whose check it will be.
        name: the data set's.
        dataset_id: its id where its owner sent it; None for one that all owners share.
        digest: of the images, where it is known.
        mark: tells one state of its files from another.
        max_attempts: after how many that died it has failed.
    """
    job = new_job(
        CHECK,
        owner,
        {"dataset": name},
        max_attempts=max_attempts,
        dataset_id=dataset_id,
        dataset_digest=digest,
    )
    job.priority, job.device = CHECK_PRIORITY, "cpu"
    check = Check(id=job.id, job=job, dataset=name, dataset_id=dataset_id, mark=mark)
    session.add(check)
    enqueue(session, job, NewEvent(type="submitted", message="submitted"))
    return check


def mark_of_folder(folder: Path) -> str:
    """Tell one state of a folder's files from another, without opening or asking for each of them.

    A file that is added, removed or renamed changes the mark, also behind a link to a folder; one
    that is rewritten in its place does not, and is noticed when it is read. In a split with very
    many files, only those that lie directly in a class's folder count.

    Raises:
        OSError: the folder itself cannot be read.
    """
    times = {folder: folder.stat().st_mtime_ns}
    for split in SPLIT_FOLDERS:
        found = split_folder(folder, split)
        if found is not None:
            times |= times_of_folders(found)
    digest = hashlib.sha256()
    for place, changed in sorted(times.items()):
        name = str(place).removeprefix(str(folder))
        digest.update(f"{changed} {name}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()
