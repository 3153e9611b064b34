"""Moments that clients send: RFC 3339, and so with an offset from UTC."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def _checked(text: object) -> object:
    if not isinstance(text, str) or not _RFC_3339.fullmatch(text):
        raise ValueError("must be a time in RFC 3339 format, such as 2026-11-25T09:30:00Z")
    return text


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie between the years 1 and 9999") from None


Moment = Annotated[
    datetime, Field(strict=False), BeforeValidator(_checked), AfterValidator(_in_utc)
]
