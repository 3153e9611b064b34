"""The list's parameters `metadata[NAME]=VALUE`."""

import re
from typing import Annotated, Any

from fastapi import Depends, Request

from api.endpoint.name_parts import NO_NUL
from api.http.errors import InvalidRequest
from api.http.problem import BadField

PARAMETER = re.compile(r"metadata\[([^\[\]\x00]{1,100})\]")
MEMBERS = "metadata[NAME]"
"""The parameter's name in error messages."""
_LONGEST_VALUE = 1000
_MOST_MEMBERS = 10

METADATA_PARAMETER: dict[str, Any] = {
    "name": "metadata",
    "in": "query",
    "style": "deepObject",
    "explode": True,
    "description": "`metadata[NAME]=VALUE`: only those whose metadata has this top-level member "
    "with this value: a string, or a number or boolean as in JSON",
    "schema": {
        "type": "object",
        "additionalProperties": {
            "type": "string",
            "maxLength": _LONGEST_VALUE,
            "pattern": NO_NUL,
        },
        "propertyNames": {"pattern": r"^[^\[\]\x00]{1,100}$"},
        "maxProperties": _MOST_MEMBERS,
    },
    "example": {"ticket": "1234"},
}


async def get_metadata_filter(request: Request) -> list[tuple[str, str]]:
    """Return the members and values that a search's metadata must have.

    Raises:
        InvalidRequest: a value is too long, or has a NUL character, or there are too many.
    """
    wanted: list[tuple[str, str]] = []
    for name, value in request.query_params.multi_items():
        member = PARAMETER.fullmatch(name)
        if member is None:
            continue
        if "\0" in value or len(value) > _LONGEST_VALUE:
            raise _refusal(
                name, f"a value must have at most {_LONGEST_VALUE} characters, and no NUL"
            )
        if len(wanted) == _MOST_MEMBERS:
            raise _refusal(name, f"at most {_MOST_MEMBERS} metadata filters are allowed")
        wanted.append((member[1], value))
    return wanted


def _refusal(parameter: str, detail: str) -> InvalidRequest:
    return InvalidRequest(detail, errors=[BadField(parameter=parameter, detail=detail)])


MetadataFilterDep = Annotated[list[tuple[str, str]], Depends(get_metadata_filter)]
