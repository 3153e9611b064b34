"""Lists as CSV (RFC 4180), for spreadsheets and data frames."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import Request, Response

from api.http.negotiation import choose_media_type

JSON = "application/json"
CSV = "text/csv"
AS_CSV: dict[str, Any] = {"content": {CSV: {"schema": {"type": "string"}}}}
"""CSV besides JSON, for a response's description."""
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")
"""How text begins that a spreadsheet takes for a formula (OWASP, "CSV Injection"); the last four
are the first four in full width."""


def wants_csv(request: Request) -> bool:
    """Tell whether the client prefers a table. Raises NotAcceptable."""
    return choose_media_type(request.headers.get("accept", ""), [JSON, CSV]) == CSV


def csv_response(
    columns: Sequence[str], rows: Iterable[Mapping[str, Any]], headers: Mapping[str, str]
) -> Response:
    """Return a table with a header; null becomes an empty cell.

    Text that a spreadsheet would take for a formula begins with a quote ('), which spreadsheets do
    not show.
    """
    return matrix_response(columns, ([row[name] for name in columns] for row in rows), headers)


def matrix_response(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], headers: Mapping[str, str]
) -> Response:
    """Return a table whose columns may have any names, the same for two of them too."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(map(_cell, columns))
    table.writerows(map(_cell, row) for row in rows)
    return Response(text.getvalue(), media_type=CSV, headers={"Vary": "Accept"} | dict(headers))


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value
