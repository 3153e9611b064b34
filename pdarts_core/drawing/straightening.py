"""The final step of a drawing: long lines run level wherever there is room."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from statistics import fmean

from pdarts_core.drawing.columns import Item

_NEAR = 12.0
"""A line that runs this close to the height of one of its ends is moved to that height."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """The heights at which an item can stand while all others stay."""

    top: float
    bottom: float

    def __and__(self, other: "Room") -> "Room":
        return Room(top=max(self.top, other.top), bottom=min(self.bottom, other.bottom))

    @property
    def is_empty(self) -> bool:
        """Tell whether there is no such height."""
        return self.top > self.bottom

    def nearest(self, y: float) -> float:
        """Return the height in it that is nearest to another one."""
        return min(max(y, self.top), self.bottom)


def straighten(
    routes: Sequence[Sequence[Item]],
    spacing: dict[tuple[Item, Item], float],
    ys: dict[Item, float],
) -> None:
    """Move the bends and labels of each route to as few heights as the room allows.

    Args:
        routes: the items that each line passes, its two states included.
        spacing: the least distance of each two items that stand above each other.
        ys: where items stand; changed in place.
    """
    above = {lower: (upper, space) for (upper, lower), space in spacing.items()}
    below = {upper: (lower, space) for (upper, lower), space in spacing.items()}

    def room(item: Item) -> Room:
        upper, space_above = above.get(item, (None, 0.0))
        lower, space_below = below.get(item, (None, 0.0))
        return Room(
            top=-inf if upper is None else ys[upper] + space_above,
            bottom=inf if lower is None else ys[lower] - space_below,
        )

    for route in sorted(routes, key=len, reverse=True):
        rooms = [(item, room(item)) for item in route[1:-1]]
        for run, shared in _level_runs(rooms):
            wish = fmean(ys[item] for item in run)
            ends = [ys[route[0]], ys[route[-1]]]
            y = shared.nearest(min(ends, key=lambda end: abs(end - wish)))
            level = y if abs(y - wish) < _NEAR else shared.nearest(wish)
            ys.update(dict.fromkeys(run, level))


def _level_runs(rooms: Sequence[tuple[Item, Room]]) -> Iterator[tuple[list[Item], Room]]:
    """Yield runs of items that can share a height, each as long as possible."""
    run: list[Item] = []
    shared = Room(top=-inf, bottom=inf)
    for item, room in rooms:
        if run and (shared & room).is_empty:
            yield run, shared
            run, shared = [], Room(top=-inf, bottom=inf)
        run.append(item)
        shared &= room
    if run:
        yield run, shared


def spacing_of(
    columns: Sequence[Sequence[Item]], offsets: Sequence[Sequence[float]]
) -> dict[tuple[Item, Item], float]:
    """Return the least distance of items that stand above each other, from their offsets."""
    return {
        items: lower - upper
        for column, column_offsets in zip(columns, offsets, strict=True)
        for items, (upper, lower) in zip(pairwise(column), pairwise(column_offsets), strict=True)
    }
