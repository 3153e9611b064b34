"""Cells as DOT, for Graphviz and the programs that read its files."""

from collections.abc import Iterator, Mapping

from pdarts_core.drawing.cell_graph import STATE_NAMES, CellGraph, Connection, cell_graphs
from pdarts_core.drawing.styles import FRAME, INPUT, NODE, OUTPUT, line_style
from pdarts_core.genotype import Genotype
from pdarts_core.space.cells import CONCAT, NUM_INPUTS, CellKind
from pdarts_core.space.line_styles import Paint, Pattern

_LINES: Mapping[Pattern, str] = {
    "solid": "solid",
    "dashed": "dashed",
    "dotted": "dotted",
    "double": "solid",
}


def draw_dot(genotype: Genotype, *, cell: CellKind | None = None) -> str:
    """Write one cell, or both as clusters of one graph, in the DOT language.

    Raises:
        GenotypeError: the tuple is not a valid genotype.
        ValueError: there is no such kind of cell.
    """
    lines = [
        "digraph genotype {",
        "  rankdir=LR;",
        '  node [fontname="Helvetica", style="filled,rounded", shape=box];',
        '  edge [fontname="Helvetica", fontsize=11];',
    ]
    for graph in cell_graphs(genotype, cell):
        lines += (f"  {line}" for line in _cluster(graph))
    return "\n".join([*lines, "}"]) + "\n"


def _cluster(graph: CellGraph) -> Iterator[str]:
    yield f"subgraph cluster_{graph.kind} {{"
    yield f'  label="{graph.title}"; fontname="Helvetica"; color="{FRAME.light}";'
    for state, name in enumerate(STATE_NAMES):
        attributes = f'label="{name}", fillcolor="{_fill(state).light}", color="{FRAME.light}"'
        yield f"  {_identifier(graph, state)} [{attributes}];"
    for connection in graph.connections:
        ends = (connection.source, connection.target)
        arrow = " -> ".join(_identifier(graph, state) for state in ends)
        yield f"  {arrow} [{_line_attributes(connection)}];"
    yield "}"


def _fill(state: int) -> Paint:
    if state < NUM_INPUTS:
        return INPUT
    return NODE if state in CONCAT else OUTPUT


def _identifier(graph: CellGraph, state: int) -> str:
    return f"{graph.kind}_{state}"


def _line_attributes(connection: Connection) -> str:
    style = line_style(connection.operation)
    color = style.paint.light
    # A list of colours makes parallel lines.
    colors = f"{color}:{color}" if style.pattern == "double" else color
    width = 1.0 if style.pattern == "double" else style.width
    line = f'color="{colors}", style={_LINES[style.pattern]}, penwidth={width:g}'
    return line if connection.operation is None else f'label="{connection.operation}", {line}'
