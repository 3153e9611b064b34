"""Answers and changes that depend on what the client already has (RFC 9110, section 13).

A tag names a version of a thing, whatever its encoding: so `W/"3"`, which is what a compressed
answer carries, serves wherever `"3"` does.
"""

from typing import Any

from api.http.errors import PreconditionFailed

NOT_MODIFIED: dict[str, Any] = {"description": "Not modified: `If-None-Match` names its ETag"}


def version_tag(version: int) -> str:
    """Return the entity tag of a thing with a version."""
    return f'"{version}"'


def matches(condition: str | None, tag: str) -> bool:
    """Tell whether the header If-None-Match or If-Match names the tag."""
    if condition is None:
        return False
    known = {part.strip().removeprefix("W/") for part in condition.split(",")}
    return tag in known or "*" in known


def check_precondition(if_match: str | None, version: int) -> None:
    """Refuse a change if the client has not seen the current version.

    Raises:
        PreconditionFailed: the header If-Match names another version.
    """
    tag = version_tag(version)
    if if_match is not None and not matches(if_match, tag):
        raise PreconditionFailed(
            "it has changed since you read it; read it again", headers={"ETag": tag}
        )
