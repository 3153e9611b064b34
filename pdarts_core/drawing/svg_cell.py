"""One cell as SVG shapes: lines below, labels and states on top of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from pdarts_core.drawing.cell_graph import OUTPUT, STATE_NAMES, CellGraph, Connection
from pdarts_core.drawing.columns import Item, to_columns
from pdarts_core.drawing.placement import Box, Size, place
from pdarts_core.drawing.styles import FRAME, INPUT, NODE, line_style
from pdarts_core.drawing.styles import OUTPUT as OUTPUT_PAINT
from pdarts_core.drawing.svg_shapes import (
    add,
    add_arrowhead,
    add_box,
    add_line,
    add_text,
    text_width,
)
from pdarts_core.space.cells import NUM_INPUTS
from pdarts_core.space.line_styles import Paint

_LABEL_PADDING = 7.0
_LABEL_HEIGHT = 21.0
_LABEL_TINT = 0.14
_STATE_TEXT_SIZE = 13.0
_SUBSCRIPT_SIZE = 9.0
_SUBSCRIPT_DROP = 3.5
_ARROW = 7.0
_PORT_SPACE = 11.0
"""Between the arrowheads at a state."""


@dataclass(frozen=True, kw_only=True)
class _StateLook:
    """How a state looks."""

    size: Size
    radius: float
    paint: Paint


_INPUT_LOOK = _StateLook(size=Size(width=50, height=32), radius=5, paint=INPUT)
_NODE_LOOK = _StateLook(size=Size(width=36, height=36), radius=18, paint=NODE)
_OUTPUT_LOOK = _StateLook(size=Size(width=42, height=56), radius=5, paint=OUTPUT_PAINT)


class CellFigure:
    """A cell with everything in its place."""

    def __init__(self, graph: CellGraph) -> None:
        self.graph = graph
        self._columns = to_columns(graph)
        items = [item for column in self._columns.columns for item in column]
        sizes = {item: self._size(item) for item in items if item.kind != "bend"}
        placement = place(self._columns, sizes)
        self._boxes = placement.boxes
        self.width = placement.width
        self.height = placement.height

    def draw(self, parent: ET.Element) -> None:
        """Append the cell's shapes to an element, each group with what it stands for as data."""
        ports = self._ports()
        for route, connection in zip(self._columns.routes, self.graph.connections, strict=True):
            style = line_style(connection.operation)
            group = _group(parent, "connection", connection)
            add_line(group, self._path(route, ports[route]), style)
            add_arrowhead(group, self._boxes[route[-1]].left, ports[route], _ARROW, style)
        for item, box in self._boxes.items():
            if item.kind == "label":
                connection = self.graph.connections[item.number]
                _draw_label(_group(parent, "operation", connection), connection, box)
            elif item.kind == "state":
                group = add(parent, "g", **{"class": "state", "data-state": str(item.number)})
                _draw_state(group, item.number, box)

    def _size(self, item: Item) -> Size:
        if item.kind == "state":
            return _look(item.number).size
        width = text_width(str(self.graph.connections[item.number].operation))
        return Size(width=width + 2 * _LABEL_PADDING, height=_LABEL_HEIGHT)

    def _ports(self) -> dict[Sequence[Item], float]:
        """Return the height at which each route ends: side by side, as the lines come in."""
        ports: dict[Sequence[Item], float] = {}
        for state in range(NUM_INPUTS, OUTPUT + 1):
            routes = [route for route in self._columns.routes if route[-1].number == state]
            routes.sort(key=lambda route: self._boxes[route[-2]].y)
            for position, route in enumerate(routes):
                middle = self._boxes[route[-1]].y
                ports[route] = middle + (position - (len(routes) - 1) / 2) * _PORT_SPACE
        return ports

    def _path(self, route: Sequence[Item], port: float) -> str:
        boxes = [self._boxes[item] for item in route]
        x, y = boxes[0].right, boxes[0].y
        path = f"M{x:.1f} {y:.1f}"
        for box in boxes[1:-1]:
            path += _curve(x, y, box.left, box.y) + f"H{box.right:.1f}"
            x, y = box.right, box.y
        return path + _curve(x, y, boxes[-1].left - _ARROW + 0.5, port)


def _group(parent: ET.Element, name: str, connection: Connection) -> ET.Element:
    data = {"data-source": str(connection.source), "data-target": str(connection.target)}
    if connection.operation is not None:
        data["data-operation"] = connection.operation
    return add(parent, "g", **{"class": name}, **data)


def _draw_label(parent: ET.Element, connection: Connection, box: Box) -> None:
    paint = line_style(connection.operation).paint
    add_box(parent, box, radius=box.height / 2, fill=paint, opacity=_LABEL_TINT, stroke=paint)
    add_text(parent, str(connection.operation), box.x, box.y)


def _curve(x: float, y: float, end_x: float, end_y: float) -> str:
    middle = (x + end_x) / 2
    return f"C{middle:.1f} {y:.1f} {middle:.1f} {end_y:.1f} {end_x:.1f} {end_y:.1f}"


def _look(state: int) -> _StateLook:
    if state < NUM_INPUTS:
        return _INPUT_LOOK
    return _OUTPUT_LOOK if state == OUTPUT else _NODE_LOOK


def _draw_state(parent: ET.Element, state: int, box: Box) -> None:
    look = _look(state)
    add_box(parent, box, radius=look.radius, fill=look.paint, opacity=1, stroke=FRAME)
    letter, _, subscript = STATE_NAMES[state].partition("_")
    text = add_text(parent, letter, box.x, box.y, size=_STATE_TEXT_SIZE)
    if subscript:
        lowered = add(text, "tspan", dy=_SUBSCRIPT_DROP, font_size=_SUBSCRIPT_SIZE)
        lowered.text = subscript.strip("{}").replace("-", "−")
