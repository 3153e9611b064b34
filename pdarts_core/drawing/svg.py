"""Cells as SVG: for a paper, for a web page in light or dark, and for a screen reader."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from pdarts_core.drawing.cell_graph import CellGraph, cell_graphs
from pdarts_core.drawing.styles import LINE_STYLES, line_style
from pdarts_core.drawing.svg_cell import CellFigure
from pdarts_core.drawing.svg_shapes import (
    add,
    add_line,
    add_text,
    document,
    text_width,
)
from pdarts_core.genotype import Genotype
from pdarts_core.space.cells import CellKind

_MARGIN = 20.0
_TITLE_SIZE = 14.0
_TITLE_HEIGHT = 38.0
_CELL_GAP = 60.0
_LEGEND_GAP = 28.0
_LEGEND_ROW = 22.0
_LEGEND_LINE = 36.0
_LEGEND_SPACE = 8.0
_CONCATENATION = "concatenation"
_LEGEND_COLUMN = _LEGEND_LINE + _LEGEND_SPACE + text_width(_CONCATENATION) + 22


def draw_svg(genotype: Genotype, *, cell: CellKind | None = None) -> str:
    """Draw one cell, or both side by side, as an SVG document.

    The same genotype always gives the same text. Where style sheets are not allowed or not
    supported, the drawing is the one for a light page.

    Raises:
        GenotypeError: the tuple is not a valid genotype.
        ValueError: there is no such kind of cell.
    """
    graphs = cell_graphs(genotype, cell)
    figures = [CellFigure(graph) for graph in graphs]
    legend = _Legend(graphs)
    cells_width = sum(figure.width for figure in figures) + _CELL_GAP * (len(figures) - 1)
    width = max(cells_width, 2 * _LEGEND_COLUMN)
    cells_height = max(figure.height for figure in figures)
    legend_top = _MARGIN + _TITLE_HEIGHT + cells_height + _LEGEND_GAP
    root = document(
        " and ".join(graph.title for graph in graphs),
        " ".join(graph.describe() for graph in graphs),
        width=width + 2 * _MARGIN,
        height=legend_top + legend.height(width) + _MARGIN - _LEGEND_SPACE,
    )
    left = _MARGIN + (width - cells_width) / 2
    for figure in figures:
        title = add_text(
            root,
            figure.graph.title,
            left,
            _MARGIN + _TITLE_SIZE / 2,
            size=_TITLE_SIZE,
            anchor="start",
        )
        title.set("font-weight", "bold")
        origin = f"translate({left:.1f} {_MARGIN + _TITLE_HEIGHT:.1f})"
        figure.draw(add(root, "g", transform=origin))
        left += figure.width + _CELL_GAP
    legend.draw(root, _MARGIN, legend_top, width)
    ET.indent(root, space=" ")
    for subscript in root.iter("tspan"):
        subscript.tail = None  # a space there would move the text
    return ET.tostring(root, encoding="unicode") + "\n"


class _Legend:
    """The lines of the operations that occur, in the paper's order, then the concatenation."""

    def __init__(self, graphs: Sequence[CellGraph]) -> None:
        used = {connection.operation for graph in graphs for connection in graph.connections}
        self._samples = [*(operation for operation in LINE_STYLES if operation in used), None]

    def height(self, width: float) -> float:
        """Return the height that a legend of this width needs."""
        return -(-len(self._samples) // self._per_row(width)) * _LEGEND_ROW

    def draw(self, parent: ET.Element, left: float, top: float, width: float) -> None:
        """Append the samples, row by row."""
        for position, operation in enumerate(self._samples):
            row, column = divmod(position, self._per_row(width))
            x = left + column * _LEGEND_COLUMN
            y = top + (row + 0.5) * _LEGEND_ROW
            add_line(parent, f"M{x:.1f} {y:.1f}h{_LEGEND_LINE:.1f}", line_style(operation))
            name = operation or _CONCATENATION
            add_text(parent, name, x + _LEGEND_LINE + _LEGEND_SPACE, y, anchor="start")

    def _per_row(self, width: float) -> int:
        return min(len(self._samples), int(width // _LEGEND_COLUMN))
