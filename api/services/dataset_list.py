"""All data sets that a caller can use, a page at a time."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.http.errors import DatasetsUnavailable
from api.resources.security import Caller
from api.services.datasets import shared_shelf
from store.catalogue import (
    BUILTIN_DATASETS,
    DatasetUnavailableError,
    UnknownDatasetError,
    find_dataset,
    list_folders,
)
from store.datasets import FoundDataset, checks_of, found_row
from store.image_names import same_text
from store.tables import DatasetRow

_KINDS = ("builtin", "folder", "sent")
"""In their order."""
PLACE_PATTERN = rf"^(builtin/({'|'.join(BUILTIN_DATASETS)})|(folder|sent)/[^\u0000]+)$"
"""Of texts that `ListPlace` reads. Where nothing has that name, what comes after it follows."""


@dataclass(frozen=True, kw_only=True)
class ListPlace:
    """The data set that a page of the list begins after."""

    kind: str
    name: str

    @classmethod
    def read(cls, cursor: str) -> Self:
        """Read the text of a cursor. Raises ValueError."""
        if not re.fullmatch(PLACE_PATTERN, cursor):
            raise ValueError(cursor)
        kind, _, name = cursor.partition("/")
        return cls(kind=kind, name=name)

    @classmethod
    def of(cls, found: FoundDataset) -> Self:
        """Return the place of a data set."""
        return cls(kind=found.info.kind, name=found.info.name)

    def is_behind(self, kind: str) -> bool:
        """Tell whether it comes after all data sets of a kind."""
        return _KINDS.index(self.kind) > _KINDS.index(kind)

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def list_datasets(
    session: Session, caller: Caller, data_dir: Path, *, after: ListPlace | None, limit: int
) -> Sequence[FoundDataset]:
    """Return the built-in data sets, then the folders of images, then the caller's own.

    Raises:
        DatasetsUnavailable: the data folder cannot be read. A list without the folders in it would
            look as if they were gone.
    """
    try:
        shared = list(islice(_shared(session, caller, data_dir, after), limit))
    except DatasetUnavailableError as error:
        raise DatasetsUnavailable(str(error)) from error
    rows = select(DatasetRow).where(DatasetRow.owner == caller.owner).order_by(DatasetRow.name)
    if after is not None and after.kind == "sent":
        rows = rows.where(DatasetRow.name > after.name)
    own = session.scalars(rows.limit(limit - len(shared)))
    return shared + [found_row(row, checks_of(session, row.name, row.id)) for row in own]


def _shared(
    session: Session, caller: Caller, data_dir: Path, after: ListPlace | None
) -> Iterator[FoundDataset]:
    for name in _shared_names(session, caller, data_dir, after):
        shelf = shared_shelf(session, data_dir, name)
        try:
            yield shelf.with_shared(find_dataset(data_dir, name))
        except UnknownDatasetError:
            continue  # no folder of images


def _shared_names(
    session: Session, caller: Caller, data_dir: Path, after: ListPlace | None
) -> Iterator[str]:
    if after is None or not after.is_behind("builtin"):
        names = list(BUILTIN_DATASETS)
        begin = 0 if after is None else names.index(after.name) + 1
        yield from names[begin:]
    if after is not None and after.is_behind("folder"):
        return
    own = set(session.scalars(select(DatasetRow.name).where(DatasetRow.owner == caller.owner)))
    last = _order(after.name) if after is not None and after.kind == "folder" else None
    for name in list_folders(data_dir):
        if name not in own and (last is None or _order(name) > last):
            yield name


def _order(name: str) -> tuple[str, str]:
    """Return what folders are sorted by, as `store.image_folder.class_folders` does."""
    return same_text(name), name
