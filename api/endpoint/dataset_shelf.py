"""Where the data set that a request names is looked for, and its check if it has none."""

from typing import Annotated

from fastapi import Depends, Query
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.endpoint.dependencies import bad_cursor
from api.endpoint.sessions import ring_after_commit
from api.resources.resources import Resources
from api.resources.security import Caller
from api.services import datasets
from api.services.dataset_list import PLACE_PATTERN, ListPlace
from api.services.datasets import Shelf
from api.services.quotas import count_active_jobs
from store.catalogue import BUILTIN_DATASETS
from store.datasets import FoundDataset


async def shelf_of(resources: Resources, caller: Caller, name: object) -> Shelf:
    """Return where the data set of this name is, as far as the database knows."""
    if name in BUILTIN_DATASETS:
        return Shelf(data_dir=resources.settings.data_dir)

    def look() -> Shelf:
        with resources.database.read() as session:
            return datasets.open_shelf(session, caller, resources.settings.data_dir, name)

    async with resources.readers.of(caller.owner):
        return await run_in_threadpool(look)


def check_new_dataset(
    session: Session, caller: Caller, found: FoundDataset, resources: Resources
) -> None:
    """Queue the check of a data set that nobody has looked at, if its owner may have one more."""
    most = resources.settings.active_jobs
    if most and count_active_jobs(session, caller) >= most:
        return
    check = datasets.check_if_new(session, caller, found, resources.settings)
    if check is not None:
        ring_after_commit(session, resources, check.id)


async def get_dataset_cursor(
    after: Annotated[
        str | None,
        Query(
            description="`next_cursor` of the page before",
            json_schema_extra={"pattern": PLACE_PATTERN},
        ),
    ] = None,
) -> ListPlace | None:
    """Return the data set that a page of the list starts after. Raises InvalidRequest."""
    if after is None:
        return None
    try:
        return ListPlace.read(after)
    except ValueError as error:
        raise bad_cursor() from error


DatasetCursorDep = Annotated[ListPlace | None, Depends(get_dataset_cursor)]
