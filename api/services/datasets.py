"""The data sets that a caller can use: their own, and those that all owners share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.http.errors import (
    DatasetInUse,
    DatasetReplaced,
    DatasetShared,
    DatasetsUnavailable,
    InvalidRequest,
    NotFound,
)
from api.http.problem import BadField
from api.resources.security import Caller
from api.services.dataset_room import check_room, room_of
from api.services.quotas import check_active_jobs
from store import catalogue
from store.catalogue import (
    BUILTIN_DATASETS,
    NAME_RULE,
    DatasetInfo,
    DatasetUnavailableError,
    UnknownDatasetError,
    is_valid_name,
)
from store.datasets import (
    NO_CHECKS,
    Checks,
    FoundDataset,
    checks_of,
    find_row,
    found_row,
    is_check_of,
    mark_of_folder,
    queue_check,
)
from store.folder_facts import find_root
from store.ids import IdKind, new_id
from store.image_folder import ImageSize
from store.kinds import CHECK
from store.locks import lock_owner
from store.settings import Settings
from store.states import FINAL_STATES
from store.tables import Check, DatasetRow, Job
from store.types import db_now


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Where the data set that a request names is looked for."""

    data_dir: Path
    row: DatasetRow | None = None
    """The caller's own of that name."""
    checks: Checks = NO_CHECKS
    """Those of the data set of that name."""

    def find(self, name: str) -> FoundDataset:
        """Return the data set. It must be the one that the shelf was made for.

        Raises:
            UnknownDatasetError, DatasetUnavailableError: as the catalogue does.
        """
        if self.row is not None:
            return found_row(self.row, self.checks)
        return self.with_shared(catalogue.find_dataset(self.data_dir, name))

    def with_shared(self, info: DatasetInfo) -> FoundDataset:
        """Return one that all owners share, as the catalogue has it.

        Raises:
            DatasetUnavailableError: it has just gone.
        """
        if info.kind == "builtin":
            return FoundDataset(info=info)
        newest, last = self.checks
        mark = _mark_of(self.data_dir, info.name)
        return FoundDataset(info=info, check=newest, last_with_report=last, mark=mark)


def open_shelf(session: Session, caller: Caller, data_dir: Path, name: object) -> Shelf:
    """Return where to look for the data set that a caller names."""
    if not isinstance(name, str) or name in BUILTIN_DATASETS or not is_valid_name(name):
        return Shelf(data_dir=data_dir)
    row = find_row(session, caller.owner, name)
    if row is None:
        return shared_shelf(session, data_dir, name)
    return Shelf(data_dir=data_dir, row=row, checks=checks_of(session, name, row.id))


def find_dataset(session: Session, caller: Caller, data_dir: Path, name: str) -> FoundDataset:
    """Return the data set of this name. Raises NotFound, DatasetsUnavailable."""
    try:
        return open_shelf(session, caller, data_dir, name).find(name)
    except UnknownDatasetError as error:
        raise NotFound(str(error)) from error
    except DatasetUnavailableError as error:
        raise DatasetsUnavailable(str(error)) from error


def check_name(data_dir: Path, name: str) -> None:
    """Refuse a name under which a caller cannot send images.

    Raises:
        InvalidRequest: no data set can have it.
        DatasetShared: a data set that all owners share has it.
        DatasetsUnavailable: the data folder cannot be read.
    """
    if name in BUILTIN_DATASETS:
        raise DatasetShared(f"{name} is the name of a built-in data set; choose another name")
    if not is_valid_name(name):
        detail = f"not a valid name for a data set: {NAME_RULE}"
        raise InvalidRequest(detail, errors=[BadField(parameter="name", detail=detail)])
    try:
        catalogue.find_dataset(data_dir, name)
    except UnknownDatasetError:
        return
    except DatasetUnavailableError as error:
        raise DatasetsUnavailable(str(error)) from error
    raise DatasetShared(f"{name} is a folder in the data folder; choose another name")


@dataclass(frozen=True, kw_only=True)
class SentImages:
    """The images of a data set that came with a request, already among the artifacts."""

    folder: str
    """Where they are, among the artifacts."""
    name: str
    digest: str
    pack_sha256: str
    pack_bytes: int
    bytes: int
    files: int
    classes: Sequence[Mapping[str, Any]]
    image_size: ImageSize | None
    left_out: Mapping[str, int]
    notes: Sequence[str]

    @staticmethod
    def new_folder() -> str:
        """Return a folder that nothing is in."""
        return new_id(IdKind.DATASET)

    @property
    def key(self) -> str:
        """Where they are, among the artifacts."""
        return f"{self.folder}/{self.digest}.zip"


def add(
    session: Session, caller: Caller, sent: SentImages, settings: Settings
) -> tuple[FoundDataset, Sequence[str]]:
    """Write the row of images that were sent, and queue their check.

    Returns:
        The data set, and the folders among the artifacts that are to be deleted: that of what it
        replaces; or, if the same images were there already, that of what was sent now.

    Raises:
        DatasetInUse: a job that has not ended uses the images that they would replace.
        TooManyImages: the caller has no room for them.
    """
    lock_owner(session, caller.owner)
    row = find_row(session, caller.owner, sent.name)
    if row is not None and row.digest == sent.digest:
        return found_row(row, checks_of(session, row.name, row.id)), [sent.folder]
    check_room(room_of(session, caller, sent.name, settings), sent.bytes, sent.files)
    replaced: Sequence[str] = []
    if row is None:
        row = DatasetRow(id=sent.folder, owner=caller.owner, name=sent.name)
        session.add(row)
    else:
        _check_unused(session, row)
        replaced = [row.folder, *_delete_checks(session, row)]
    _fill(row, sent)
    session.flush()
    session.refresh(row)
    return _checked_anew(session, caller, found_row(row, NO_CHECKS), settings), replaced


def remove(session: Session, caller: Caller, data_dir: Path, name: str) -> Sequence[str]:
    """Delete a data set, and its checks.

    Returns:
        The folders among the artifacts that are to be deleted with it.

    Raises:
        NotFound: there is none of this name.
        DatasetShared: it is not the caller's own.
        DatasetInUse: a job that has not ended uses it.
    """
    lock_owner(session, caller.owner)
    found = find_dataset(session, caller, data_dir, name)
    row = found.row
    if row is None:
        raise DatasetShared(f"{name} is shared by all owners, so you cannot delete it")
    _check_unused(session, row)
    checks = _delete_checks(session, row)
    session.delete(row)
    return [row.folder, *checks]


def check_again(
    session: Session, caller: Caller, data_dir: Path, name: str, settings: Settings
) -> FoundDataset:
    """Queue a check of a data set, unless one is waiting or running.

    Raises:
        QuotaExceeded: the caller has as many active jobs as are allowed.
        NotFound: there is no data set of this name.
        DatasetShared: it is built in, and needs none.
        DatasetsUnavailable: the data folder cannot be read.
    """
    found = find_dataset(session, caller, data_dir, name)
    if found.info.kind == "builtin":
        raise DatasetShared(f"{name} is built in, and needs no check")
    if found.is_being_checked:
        return found
    anew = _checked_anew(session, caller, found, settings)
    session.flush()
    check_active_jobs(session, caller, CHECK, settings.active_jobs)
    return anew


def check_if_new(
    session: Session, caller: Caller, found: FoundDataset, settings: Settings
) -> Check | None:
    """Queue a check of a data set that has not been checked as it is now."""
    if found.state != "unchecked" or found.was_checked:
        return None
    return _checked_anew(session, caller, found, settings).check


def hold(session: Session, caller: Caller, found: FoundDataset) -> None:
    """Make sure that a data set stays as it was found until a job that uses it is written.

    Raises:
        DatasetReplaced: it has been replaced or deleted meanwhile.
    """
    if found.row is None:
        return
    lock_owner(session, caller.owner)
    now = find_row(session, caller.owner, found.row.name)
    if now is None or (now.id, now.digest) != (found.row.id, found.row.digest):
        raise DatasetReplaced(
            f"data set {found.row.name!r} was just replaced or deleted; look at it and submit again"
        )


def shared_shelf(session: Session, data_dir: Path, name: str) -> Shelf:
    """Return where to look for a data set that all owners share."""
    checks = NO_CHECKS if name in BUILTIN_DATASETS else checks_of(session, name, None)
    return Shelf(data_dir=data_dir, checks=checks)


def _checked_anew(
    session: Session, caller: Caller, found: FoundDataset, settings: Settings
) -> FoundDataset:
    _delete_old_checks(session, found)
    check = queue_check(
        session,
        caller.owner,
        name=found.info.name,
        dataset_id=found.id,
        digest=None if found.row is None else found.row.digest,
        mark=found.mark or "",
        max_attempts=settings.max_attempts,
    )
    return replace(found, check=check)


def _fill(row: DatasetRow, sent: SentImages) -> None:
    row.digest = sent.digest
    row.pack_key = sent.key
    row.pack_sha256 = sent.pack_sha256
    row.pack_bytes = sent.pack_bytes
    row.bytes = sent.bytes
    row.files = sent.files
    row.classes = [dict(told) for told in sent.classes]
    row.image_height, row.image_width = sent.image_size or (None, None)
    row.left_out = dict(sent.left_out)
    row.notes = list(sent.notes)
    row.created_at = db_now()


def _check_unused(session: Session, row: DatasetRow) -> None:
    checks = select(Check.id).where(Check.dataset_id == row.id)
    users = select(Job.id).where(
        Job.dataset_id == row.id, Job.state.not_in(FINAL_STATES), Job.id.not_in(checks)
    )
    user = session.scalar(users.limit(1))
    if user is not None:
        raise DatasetInUse(f"{user} uses {row.name!r}, and has not ended; cancel it first")


def _delete_checks(session: Session, row: DatasetRow) -> Sequence[str]:
    """Delete the checks of a data set; one that is running notices, and ends."""
    checks = session.scalars(select(Check.id).where(Check.dataset_id == row.id)).all()
    session.execute(delete(Job).where(Job.id.in_(checks)))
    return checks


def _delete_old_checks(session: Session, found: FoundDataset) -> None:
    """Delete the checks of a data set that have ended, but for those that are still shown."""
    shown = [check.id for check in (found.check, found.last_with_report) if check is not None]
    of_set = select(Check.id).join(Job).where(is_check_of(found.info.name, found.id))
    old = of_set.where(Job.state.in_(FINAL_STATES), Check.id.not_in(shown))
    session.execute(delete(Job).where(Job.id.in_(session.scalars(old).all())))


def _mark_of(data_dir: Path, name: str) -> str:
    try:
        return mark_of_folder(find_root(data_dir, name))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DatasetUnavailableError(f"data set {name!r} cannot be read: {reason}") from error
