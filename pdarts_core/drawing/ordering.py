"""The order of items inside their columns, chosen so that few lines cross."""

import math
from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

from pdarts_core.drawing.columns import ColumnGraph, Item

_STARTS = 16

Order = list[list[Item]]


class _Neighbours:
    """Where the lines of an item lead, in the column before and in the one after."""

    def __init__(self, graph: ColumnGraph) -> None:
        self._before: dict[Item, list[Item]] = defaultdict(list)
        self._after: dict[Item, list[Item]] = defaultdict(list)
        for left, right in graph.links():
            self._after[left].append(right)
            self._before[right].append(left)

    def positions(self, item: Item, order: Order, step: int) -> list[int]:
        """Return the positions of the neighbours in the next column (step 1) or the last (−1)."""
        column = item.column + step
        if not 0 <= column < len(order):
            return []
        neighbours = self._after[item] if step > 0 else self._before[item]
        return [order[column].index(neighbour) for neighbour in neighbours]


def order_columns(graph: ColumnGraph) -> Order:
    """Order the items of each column from top to bottom.

    It sorts columns by the places of their neighbours, back and forth, and swaps neighbouring items
    where that helps; it takes the best of several starts. The first column keeps its order, which
    costs nothing: every drawing can be turned upside down.
    """
    neighbours = _Neighbours(graph)
    best: Order = []
    fewest = math.inf
    for start in range(_STARTS):
        order = _start(graph, start)
        _sort_by_neighbours(order, neighbours, step=-1)
        improved = True
        while improved and fewest:
            before = count_crossings(graph, order)
            for step in (1, -1):
                _sort_by_neighbours(order, neighbours, step=step)
                _swap_neighbours(order, neighbours)
            crossings = count_crossings(graph, order)
            improved = crossings < before
            if crossings < fewest:
                best, fewest = [list(column) for column in order], crossings
    return best


def _start(graph: ColumnGraph, turns: int) -> Order:
    first, *others = map(list, graph.columns)
    turned = [column[turns % len(column) :] + column[: turns % len(column)] for column in others]
    return [first, *(column[:: -1 if turns % 2 else 1] for column in turned)]


def count_crossings(graph: ColumnGraph, order: Order) -> int:
    """Count how often two lines cross between columns."""
    place = {item: position for column in order for position, item in enumerate(column)}
    by_column: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for left, right in graph.links():
        by_column[left.column].append((place[left], place[right]))
    return sum(
        (a - c) * (b - d) < 0
        for lines in by_column.values()
        for index, (a, b) in enumerate(lines)
        for c, d in lines[:index]
    )


def _sort_by_neighbours(order: Order, neighbours: _Neighbours, step: int) -> None:
    columns = range(1, len(order))
    for column in columns if step < 0 else reversed(columns):
        keys = {}
        for position, item in enumerate(order[column]):
            positions = neighbours.positions(item, order, step)
            keys[item] = fmean(positions) if positions else position
        order[column].sort(key=keys.__getitem__)


def _swap_neighbours(order: Order, neighbours: _Neighbours) -> None:
    improved = True
    while improved:
        improved = False
        for column in order[1:]:
            for index in range(len(column) - 1):
                upper, lower = column[index : index + 2]
                if _gain(upper, lower, order, neighbours) > 0:
                    column[index : index + 2] = [lower, upper]
                    improved = True


def _gain(upper: Item, lower: Item, order: Order, neighbours: _Neighbours) -> int:
    """Return how many crossings fewer there are if two neighbouring items change places."""
    gain = 0
    for step in (-1, 1):
        above = neighbours.positions(upper, order, step)
        below = neighbours.positions(lower, order, step)
        gain += _inversions(above, below) - _inversions(below, above)
    return gain


def _inversions(above: Sequence[int], below: Sequence[int]) -> int:
    return sum(a > b for a in above for b in below)
