"""Pages of a list: JSON with a cursor, or CSV; the header Link leads to the next one (RFC 8288)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from fastapi import Request, Response

from api.http.bodies import Body, Page
from api.http.csv_tables import JSON, csv_response, wants_csv

T = TypeVar("T", bound=Body)

NEXT_PAGE: dict[str, Any] = {
    "Link": {
        "description": '`<…>; rel="next"`: the address of the next page; absent on the last page',
        "schema": {"type": "string"},
    }
}
"""The header, for a response's description."""


def page_response(
    request: Request,
    entries: Sequence[T],
    cursor: str | None,
    *,
    columns: Sequence[str],
    as_row: Callable[[T], Mapping[str, Any]],
) -> Response:
    """Return a page in the format that the client prefers; `as_row` turns an entry into a row."""
    headers = {"Vary": "Accept"}
    if cursor is not None:
        following = request.url.include_query_params(after=cursor)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    if wants_csv(request):
        return csv_response(columns, map(as_row, entries), headers)
    body: Page[Any] = Page(data=entries, next_cursor=cursor)
    return Response(body.model_dump_json(), headers=headers, media_type=JSON)
