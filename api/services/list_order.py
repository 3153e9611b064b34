"""The order of a list that clients read page by page. IDs grow with time, so they give it."""

from enum import StrEnum
from typing import TypeVarTuple

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

Columns = TypeVarTuple("Columns")


class ListOrder(StrEnum):
    """What comes first."""

    NEWEST = "newest"
    OLDEST = "oldest"

    def page_of(
        self,
        rows: Select[*Columns],
        row_id: InstrumentedAttribute[str],
        *,
        after: str | None,
    ) -> Select[*Columns]:
        """Return the query for rows in this order, from after the one with an id."""
        is_newest_first = self is ListOrder.NEWEST
        if after is not None:
            rows = rows.where(row_id < after if is_newest_first else row_id > after)
        return rows.order_by(row_id.desc() if is_newest_first else row_id.asc())
