"""Bounds on the clients' own JSON objects."""

import json
import math
from collections.abc import Iterator

from pydantic import JsonValue

LARGEST_METADATA = 16 * 1024
"""Bytes as compact JSON."""
DEEPEST_METADATA = 8
_LARGEST_INTEGER = 2**63 - 1


def check_metadata(metadata: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the metadata.

    Raises:
        ValueError: it is too large or too deep, or has a number that no database can store.
    """
    for depth, value in _walk(metadata):
        if depth > DEEPEST_METADATA and isinstance(value, dict | list):
            raise ValueError(f"nested deeper than {DEEPEST_METADATA} levels")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("contains a number that is too large for a double")
        if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
            raise ValueError("contains an integer that does not fit into 64 bits")
    size = len(json.dumps(metadata, separators=(",", ":"), ensure_ascii=False).encode())
    if size > LARGEST_METADATA:
        raise ValueError(f"takes {size} bytes as JSON; the limit is {LARGEST_METADATA}")
    return metadata


def _walk(value: JsonValue, depth: int = 1) -> Iterator[tuple[int, JsonValue]]:
    yield depth, value
    if depth <= DEEPEST_METADATA and isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _walk(member, depth + 1)
