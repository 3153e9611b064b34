"""Where each item of a cell's drawing stands, in pixels.

The heights make the lines climb as little as possible while nothing comes too close. The sum of
climbs is minimised column by column, by least squares with weights recomputed from each solution;
then long lines are made level.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pdarts_core.drawing.columns import ColumnGraph, Item, Link
from pdarts_core.drawing.ordering import Order, order_columns
from pdarts_core.drawing.straightening import spacing_of, straighten

_ROUNDS = 60
_STRAIGHTENINGS = 3
_STRAIGHT = 4.0
"""A line that climbs less between two columns is as good as straight."""
_BEND_CLEARANCE = 14.0
_CLEARANCE = 10.0
_LEAST_GAP = 30.0
_MOST_GAP = 64.0
_GAP_FOR_HEIGHT = 0.45
"""Space between columns for each pixel that a line climbs between them."""
_STRAIGHTNESS = {0: 1.0, 1: 2.0, 2: 6.0}
"""How straight a line should be, by the number of bends at its ends."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle by its centre, in pixels; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        """The x of the left side."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """The x of the right side."""
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        """The y of the upper side."""
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        """The y of the lower side."""
        return self.y + self.height / 2


@dataclass(frozen=True, kw_only=True)
class Size:
    """Width and height in pixels."""

    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The boxes of all items; a bend's box is as wide as its column and has no height."""

    boxes: dict[Item, Box]
    width: float
    height: float


def place(graph: ColumnGraph, sizes: dict[Item, Size]) -> Placement:
    """Find a place for each item, the drawing's upper left corner at 0, 0.

    Args:
        graph: the items and their links.
        sizes: of states and labels; what is missing is a bend.
    """
    order = order_columns(graph)
    bend = Size(width=0.0, height=0.0)
    heights = {item: sizes.get(item, bend).height for column in order for item in column}
    offsets = [_offsets(column, heights) for column in order]
    ys = _ys(order, graph.links(), offsets)
    for _ in range(_STRAIGHTENINGS):
        straighten(graph.routes, spacing_of(order, offsets), ys)
    top = min(ys[item] - heights[item] / 2 for item in ys)
    bottom = max(ys[item] + heights[item] / 2 for item in ys)
    boxes = {}
    for column, left, width in _column_spans(order, graph.links(), sizes, ys):
        for item in column:
            size = sizes.get(item, Size(width=width, height=0.0))
            boxes[item] = Box(
                x=left + width / 2, y=ys[item] - top, width=size.width, height=size.height
            )
    right = max(box.right for box in boxes.values())
    return Placement(boxes=boxes, width=right, height=bottom - top)


def _column_spans(
    order: Order, links: Sequence[Link], sizes: dict[Item, Size], ys: dict[Item, float]
) -> Iterator[tuple[list[Item], float, float]]:
    """Yield each column with its left side and its width."""
    climbs: dict[int, float] = defaultdict(float)
    for start, end in links:
        climbs[start.column] = max(climbs[start.column], abs(ys[start] - ys[end]))
    left = 0.0
    for number, column in enumerate(order):
        width = max((sizes[item].width for item in column if item in sizes), default=0.0)
        yield column, left, width
        left += width + min(_MOST_GAP, max(_LEAST_GAP, _GAP_FOR_HEIGHT * climbs[number]))


def _ys(
    order: Order, links: Sequence[Link], offsets: Sequence[Sequence[float]]
) -> dict[Item, float]:
    neighbours: dict[Item, list[tuple[Item, float]]] = defaultdict(list)
    for start, end in links:
        weight = _STRAIGHTNESS[(start.kind == "bend") + (end.kind == "bend")]
        neighbours[start].append((end, weight))
        neighbours[end].append((start, weight))
    ys = {
        item: offset - column_offsets[-1] / 2
        for column, column_offsets in zip(order, offsets, strict=True)
        for item, offset in zip(column, column_offsets, strict=True)
    }
    for _ in range(_ROUNDS):
        for column, column_offsets in zip(order, offsets, strict=True):
            wishes = [_wish(ys[item], neighbours[item], ys) for item in column]
            shifted = [
                (y - offset, weight)
                for (y, weight), offset in zip(wishes, column_offsets, strict=True)
            ]
            for item, offset, y in zip(column, column_offsets, _isotonic(shifted), strict=True):
                ys[item] = offset + y
    return ys


def _wish(
    y: float, neighbours: Sequence[tuple[Item, float]], ys: dict[Item, float]
) -> tuple[float, float]:
    """Return where an item would best stand, and how strongly it is drawn there."""
    if not neighbours:
        return y, 1.0
    pulls = [
        (ys[other], strength / max(abs(ys[other] - y), _STRAIGHT)) for other, strength in neighbours
    ]
    weight = sum(pull for _, pull in pulls)
    return sum(other * pull for other, pull in pulls) / weight, weight


def _offsets(column: Sequence[Item], heights: dict[Item, float]) -> list[float]:
    """Return how far each item is below the first when all are as close as allowed."""
    offsets = [0.0]
    for upper, lower in pairwise(column):
        bends = upper.kind == lower.kind == "bend"
        clearance = _BEND_CLEARANCE if bends else _CLEARANCE
        offsets.append(offsets[-1] + (heights[upper] + heights[lower]) / 2 + clearance)
    return offsets


def _isotonic(wishes: Sequence[tuple[float, float]]) -> list[float]:
    """Return the ascending values nearest to weighted wishes (pool adjacent violators)."""
    blocks: list[tuple[float, float, int]] = []
    for wish, weight in wishes:
        value, mass, length = wish, weight, 1
        while blocks and blocks[-1][0] > value:
            before, before_mass, before_length = blocks.pop()
            value = (before * before_mass + value * mass) / (before_mass + mass)
            mass += before_mass
            length += before_length
        blocks.append((value, mass, length))
    return [value for value, _, length in blocks for _ in range(length)]
