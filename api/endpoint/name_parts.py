"""The parameters that filter a list by parts of names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from store.catalogue import LONGEST_NAME as LONGEST_DATASET_NAME
from store.job_spec import LONGEST_NAME

NO_NUL = r"^[^\x00]*$"
_CASE = "upper and lower case of a to z are the same"


@dataclass(frozen=True, kw_only=True)
class NameParts:
    """What names must contain. None: anything."""

    name: str | None
    dataset: str | None


def parts_in_query(in_name: str, in_dataset: str) -> Callable[..., NameParts]:
    """Return the dependency that reads them; it is told what has them in which names."""

    def parts_of(
        name_contains: Annotated[
            str | None,
            Query(description=f"Only {in_name}; {_CASE}", max_length=LONGEST_NAME, pattern=NO_NUL),
        ] = None,
        dataset_contains: Annotated[
            str | None,
            Query(
                description=f"Only {in_dataset}; {_CASE}",
                max_length=LONGEST_DATASET_NAME,
                pattern=NO_NUL,
            ),
        ] = None,
    ) -> NameParts:
        return NameParts(name=name_contains, dataset=dataset_contains)

    return parts_of
