"""A cell's graph in columns: states, labels and the bends of long connections.

This is the layered drawing of Sugiyama, Tagawa and Toda (1981), from left to right. A label has
a column of its own, so that it gets room like a state, and nothing can run across it.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from pdarts_core.drawing.cell_graph import OUTPUT, CellGraph, Connection

ItemKind = Literal["state", "label", "bend"]


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something that has a place in a column."""

    kind: ItemKind
    column: int
    number: int
    """The state, or the place of the connection in the graph."""


Link = tuple[Item, Item]
"""Two items of neighbouring columns with a line between them."""


@dataclass(frozen=True, kw_only=True)
class ColumnGraph:
    """The items of a cell. Each route leads from a state to a state, an item in every column."""

    columns: tuple[tuple[Item, ...], ...]
    routes: tuple[tuple[Item, ...], ...]
    """One for each connection of the graph."""

    def links(self) -> list[Link]:
        """Return the links of all routes."""
        return [link for route in self.routes for link in pairwise(route)]


def to_columns(graph: CellGraph) -> ColumnGraph:
    """Put a cell's states, labels and bends into columns, not yet ordered inside them."""
    states = _state_columns(graph)
    label_columns = _label_columns(graph, states)
    routes = []
    for number, connection in enumerate(graph.connections):
        between = range(states[connection.source] + 1, states[connection.target])
        passed = [
            Item(
                kind="label" if column == label_columns.get(number) else "bend",
                column=column,
                number=number,
            )
            for column in between
        ]
        source, target = (
            Item(kind="state", column=states[state], number=state)
            for state in (connection.source, connection.target)
        )
        routes.append((source, *passed, target))
    items = {Item(kind="state", column=column, number=state) for state, column in states.items()}
    items.update(item for route in routes for item in route)
    columns = [
        sorted((item for item in items if item.column == column), key=_by_number)
        for column in range(states[OUTPUT] + 1)
    ]
    return ColumnGraph(columns=tuple(map(tuple, columns)), routes=tuple(routes))


def _by_number(item: Item) -> tuple[int, str]:
    return item.number, item.kind


def _state_columns(graph: CellGraph) -> dict[int, int]:
    """Give each state a column after everything it reads, with a column for labels between."""
    columns: dict[int, int] = {}
    for state in range(OUTPUT):
        sources = [connection.source for connection in graph.into(state)]
        columns[state] = max((columns[source] + 2 for source in sources), default=0)
    # Connections to the concatenation have no label.
    columns[OUTPUT] = max(columns.values()) + 1
    return columns


def _label_columns(graph: CellGraph, states: dict[int, int]) -> dict[int, int]:
    """Choose for each label the emptiest of the columns that its connection passes."""
    labels = dict.fromkeys(range(states[OUTPUT]), 0)
    chosen: dict[int, int] = {}

    def length(number: int) -> int:
        connection: Connection = graph.connections[number]
        return states[connection.target] - states[connection.source]

    for number in sorted(range(len(graph.connections)), key=length):
        connection = graph.connections[number]
        if connection.operation is None:
            continue
        possible = range(states[connection.target] - 1, states[connection.source], -2)
        chosen[number] = min(possible, key=labels.__getitem__)
        labels[chosen[number]] += 1
    return chosen
