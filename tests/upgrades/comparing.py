"""Compares what an earlier revision wrote with what today's code makes of the same job."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

RELATIVE, ABSOLUTE = 1e-3, 1e-5
"""How far another kind of processor may round off over the few epochs of a tiny network."""
YOUNGER = {"decided", "signal", "accuracy", "valid_classes", "wrong_sheet"}
"""Columns and members that no archived revision could fill."""


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what is old in nested JSON, each with its place; but not who wrote it."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in {"version", *YOUNGER}:
                yield from leaves(item, f"{place}.{name}")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from leaves(item, f"{place}[{number}]")
    else:
        yield place, value


def assert_same(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Compare leaves: words exactly, numbers as far as processors agree on them."""
    assert found.keys() ^ expected.keys() == set()
    numbers = [place for place, value in expected.items() if isinstance(value, float)]
    words = expected.keys() - set(numbers)
    assert {place: found[place] for place in words} == {place: expected[place] for place in words}
    assert [found[place] for place in numbers] == pytest.approx(
        [expected[place] for place in numbers], rel=RELATIVE, abs=ABSOLUTE
    )


def names(value: Any) -> Any:
    """Return the names in JSON, nested as it is; of a list those of its first item."""
    if isinstance(value, dict):
        return {name: name in YOUNGER or names(item) for name, item in value.items()}
    return [names(item) for item in value[:1]] if isinstance(value, list) else None
