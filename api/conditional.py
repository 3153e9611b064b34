"""Answers that depend on what the client already has (RFC 9110, section 13)."""

from typing import Any

NOT_MODIFIED: dict[str, Any] = {"description": "As you have it: `If-None-Match` names its ETag"}


def version_tag(version: int) -> str:
    """Return the entity tag of a thing with a version."""
    return f'"{version}"'


def matches(if_none_match: str | None, tag: str) -> bool:
    """Tell whether the header If-None-Match names the tag."""
    if if_none_match is None:
        return False
    known = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return tag in known or "*" in known
