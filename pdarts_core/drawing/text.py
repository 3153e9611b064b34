"""Cells for a terminal of 80 columns: a lane down for each state, a row across for each operation.

c_{k-2} c_{k-1}
   ├───────┼─skip_connect▶┐
   │       ├─sep_conv_3x3▶┤
   │       │              0
"""

from collections.abc import Iterable, Iterator

from pdarts_core.drawing.cell_graph import OUTPUT, STATE_NAMES, CellGraph, Connection, cell_graphs
from pdarts_core.genotype import Genotype
from pdarts_core.space.cells import CONCAT, NUM_INPUTS, CellKind

TERMINAL_WIDTH = 80
_LANES = (3, 11, 26, 41, 56, 71)
"""The column of each state's lane; between those of nodes an operation's name has room."""
_LINE, _UP, _DOWN, _TEE_RIGHT, _TEE_LEFT, _END = "│", "┴", "┐", "├", "┤", "└"


def draw_text(genotype: Genotype, *, cell: CellKind | None = None) -> str:
    """Draw one cell, or one above the other, in characters; no line is longer than 80.

    Raises:
        GenotypeError: the tuple is not a valid genotype.
        ValueError: there is no such kind of cell.
    """
    graphs = cell_graphs(genotype, cell)
    return "\n\n".join("\n".join([graph.title, *_rows(graph)]) for graph in graphs)


def _rows(graph: CellGraph) -> Iterator[str]:
    waiting = list(graph.connections)
    yield _names(range(NUM_INPUTS), waiting)
    for node in CONCAT:
        for first, connection in zip((True, False), graph.into(node), strict=True):
            waiting.remove(connection)
            yield _connection_row(connection, waiting, opens_lane=first)
        yield _names([node], waiting)
    yield _output_row(graph.into(OUTPUT))


def _lanes(waiting: Iterable[Connection], known: int) -> list[str]:
    """Return a row with the lanes of those states below `known` that are still read from."""
    row = [" "] * TERMINAL_WIDTH
    for connection in waiting:
        if connection.source < known:
            row[_LANES[connection.source]] = _LINE
    return row


def _names(states: Iterable[int], waiting: Iterable[Connection]) -> str:
    states = list(states)
    row = _lanes(waiting, min(states))
    for state in states:
        _write(row, STATE_NAMES[state], _LANES[state] - len(STATE_NAMES[state]) // 2)
    return "".join(row).rstrip()


def _connection_row(
    connection: Connection, waiting: Iterable[Connection], *, opens_lane: bool
) -> str:
    waiting = list(waiting)
    row = _lanes(waiting, connection.target)
    start, end = _LANES[connection.source], _LANES[connection.target]
    label = f"{connection.operation}▶"
    for column in range(start + 1, end - len(label)):
        row[column] = "┼" if row[column] == _LINE else "─"
    _write(row, label, end - len(label))
    goes_on = any(other.source == connection.source for other in waiting)
    row[start] = _TEE_RIGHT if goes_on else _END
    row[end] = _DOWN if opens_lane else _TEE_LEFT
    return "".join(row).rstrip()


def _output_row(connections: Iterable[Connection]) -> str:
    row = [" "] * TERMINAL_WIDTH
    first, *others = (_LANES[connection.source] for connection in connections)
    arrow = f"▶ {STATE_NAMES[OUTPUT]}"
    end = _LANES[CONCAT[-1]] + 1
    for column in range(first, end):
        row[column] = "─"
    for column in others:
        row[column] = _UP
    row[first] = _END
    _write(row, arrow, end)
    return "".join(row).rstrip()


def _write(row: list[str], text: str, start: int) -> None:
    row[start : start + len(text)] = text
