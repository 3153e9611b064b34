"""The parameters that filter a list of jobs."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Query

from api.endpoint.metadata_filter import MetadataFilterDep
from api.endpoint.name_parts import NO_NUL, NameParts, parts_in_query
from api.schemas.times import Moment
from api.services.jobs import JobFilter
from api.services.list_order import ListOrder
from store.catalogue import LONGEST_NAME as LONGEST_DATASET_NAME
from store.job_spec import LONGEST_NAME
from store.kinds import Kind
from store.states import Status


def filter_in_query(kind: Kind) -> Callable[..., JobFilter]:
    """Return the dependency that reads which jobs of a kind to list."""
    parts_of = parts_in_query(
        f"{kind.plural} with this text in their name",
        f"{kind.plural} with this text in their data set's name",
    )

    def filter_of(
        metadata: MetadataFilterDep,
        parts: Annotated[NameParts, Depends(parts_of)],
        status: Annotated[
            Status | None, Query(description=f"Only {kind.plural} with this status")
        ] = None,
        dataset: Annotated[
            str | None,
            Query(
                description=f"Only {kind.plural} on this data set",
                max_length=LONGEST_DATASET_NAME,
                pattern=NO_NUL,
            ),
        ] = None,
        name: Annotated[
            str | None,
            Query(
                description=f"Only {kind.plural} with exactly this name",
                max_length=LONGEST_NAME,
                pattern=NO_NUL,
            ),
        ] = None,
        created_after: Annotated[
            Moment | None,
            Query(description=f"Only {kind.plural} submitted at this time or later (RFC 3339)"),
        ] = None,
        created_before: Annotated[
            Moment | None,
            Query(description=f"Only {kind.plural} submitted before this time (RFC 3339)"),
        ] = None,
        sort: Annotated[ListOrder, Query(description="What comes first")] = ListOrder.NEWEST,
    ) -> JobFilter:
        return JobFilter(
            status=status,
            dataset=dataset,
            name=name,
            name_contains=parts.name,
            dataset_contains=parts.dataset,
            metadata=metadata,
            created_after=created_after,
            created_before=created_before,
            sort=sort,
        )

    return filter_of
