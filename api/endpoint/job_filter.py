"""The parameters that filter a list of jobs."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Query

from api.endpoint.metadata_filter import MetadataFilterDep
from api.schemas.times import Moment
from api.services.jobs import JobFilter
from store.catalogue import LONGEST_NAME as LONGEST_DATASET_NAME
from store.job_spec import LONGEST_NAME
from store.kinds import Kind
from store.states import Status

_NO_NUL = r"^[^\x00]*$"


def filter_in_query(kind: Kind) -> Callable[..., JobFilter]:
    """Return the dependency that reads which jobs of a kind to list."""

    def filter_of(
        metadata: MetadataFilterDep,
        status: Annotated[
            Status | None, Query(description=f"Only {kind.plural} with this status")
        ] = None,
        dataset: Annotated[
            str | None,
            Query(
                description=f"Only {kind.plural} on this data set",
                max_length=LONGEST_DATASET_NAME,
                pattern=_NO_NUL,
            ),
        ] = None,
        name: Annotated[
            str | None,
            Query(
                description=f"Only {kind.plural} with exactly this name",
                max_length=LONGEST_NAME,
                pattern=_NO_NUL,
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
    ) -> JobFilter:
        return JobFilter(
            status=status,
            dataset=dataset,
            name=name,
            metadata=metadata,
            created_after=created_after,
            created_before=created_before,
        )

    return filter_of
