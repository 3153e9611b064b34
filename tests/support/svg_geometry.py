"""What an SVG drawing of cells covers: boxes of shapes and texts, and points along lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

_SVG = "{http://www.w3.org/2000/svg}"
_CHARACTER_WIDTH = 0.62
"""Of wide fixed-width fonts (DejaVu Sans Mono has 0.602), for each pixel of their size."""
_ASCENT, _DESCENT = 0.78, 0.24
_POINTS_PER_CURVE = 40


@dataclass(frozen=True, kw_only=True)
class Rectangle:
    """A box with sides along the axes, and what is in it."""

    name: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Rectangle", *, clearance: float = 0.0) -> bool:
        """Tell whether the two are nearer than the clearance."""
        return (
            self.left - clearance < other.right
            and other.left - clearance < self.right
            and self.top - clearance < other.bottom
            and other.top - clearance < self.bottom
        )

    def contains(self, other: "Rectangle") -> bool:
        """Tell whether the other lies wholly inside."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )

    def is_touched(self, points: Points, *, clearance: float = 0.0) -> bool:
        """Tell whether one of the points [N, 2] is nearer than the clearance."""
        x, y = points.T
        inside_x = (x > self.left - clearance) & (x < self.right + clearance)
        inside_y = (y > self.top - clearance) & (y < self.bottom + clearance)
        return bool((inside_x & inside_y).any())


@dataclass(frozen=True, kw_only=True)
class Line:
    """A connection: what it says of itself, and points along it [N, 2]."""

    source: int
    target: int
    operation: str | None
    cell: int
    """Which of the drawn cells it is in."""
    points: Points


@dataclass(frozen=True, kw_only=True)
class Label:
    """An operation's label: of which connection, its frame and its text's box."""

    source: int
    target: int
    operation: str
    cell: int
    frame: Rectangle
    text: Rectangle


@dataclass(frozen=True, kw_only=True)
class State:
    """A state's frame and its text's box."""

    number: int
    cell: int
    frame: Rectangle
    text: Rectangle


class Drawing:
    """An SVG document's contents with their places on the page."""

    def __init__(self, svg: str) -> None:
        self.root = ET.fromstring(svg)
        _, _, width, height = map(float, self.root.attrib["viewBox"].split())
        self.page = Rectangle(name="page", left=0, top=0, right=width, bottom=height)
        self.loose_texts = [_text_box(text, 0, 0) for text in self.root.findall(f"{_SVG}text")]
        self.labels: list[Label] = []
        self.states: list[State] = []
        self.lines: list[Line] = []
        for cell, group in enumerate(self.root.findall(f"{_SVG}g")):
            dx, dy = map(float, re.findall(r"[-\d.]+", group.attrib["transform"]))
            for part in group:
                self._read(part, cell, dx, dy)

    def _read(self, part: ET.Element, cell: int, dx: float, dy: float) -> None:
        data = part.attrib
        kind = data["class"]
        if kind == "connection":
            ends = {"source": int(data["data-source"]), "target": int(data["data-target"])}
            path = _found(part, "path")
            points = np.concatenate(list(_along(path.attrib["d"]))) + np.array([dx, dy])
            operation = data.get("data-operation")
            self.lines.append(Line(**ends, operation=operation, cell=cell, points=points))
            return
        text = _text_box(_found(part, "text"), dx, dy)
        frame = _frame(_found(part, "rect"), text.name, dx, dy)
        if kind == "operation":
            ends = {"source": int(data["data-source"]), "target": int(data["data-target"])}
            operation = data["data-operation"]
            label = Label(**ends, operation=operation, cell=cell, frame=frame, text=text)
            self.labels.append(label)
        else:
            number = int(data["data-state"])
            self.states.append(State(number=number, cell=cell, frame=frame, text=text))


def _found(part: ET.Element, name: str) -> ET.Element:
    element = part.find(f"{_SVG}{name}")
    assert element is not None
    return element


def _frame(element: ET.Element, name: str, dx: float, dy: float) -> Rectangle:
    x, y, width, height = (float(element.attrib[side]) for side in ("x", "y", "width", "height"))
    return Rectangle(
        name=name, left=x + dx, top=y + dy, right=x + dx + width, bottom=y + dy + height
    )


def _text_box(element: ET.Element, dx: float, dy: float) -> Rectangle:
    size = float(element.attrib["font-size"])
    width = _CHARACTER_WIDTH * size * len(element.text or "")
    for part in element:
        width += _CHARACTER_WIDTH * float(part.attrib["font-size"]) * len(part.text or "")
    x, y = float(element.attrib["x"]) + dx, float(element.attrib["y"]) + dy
    left = x - width / 2 if element.attrib["text-anchor"] == "middle" else x
    name = "".join(element.itertext())
    return Rectangle(
        name=name, left=left, top=y - _ASCENT * size, right=left + width, bottom=y + _DESCENT * size
    )


def _along(path: str) -> Iterator[Points]:
    """Yield points along the moves, curves and level lines of a path."""
    here = np.zeros(2)
    for command, numbers in re.findall(r"([MCH])([^MCH]*)", path):
        values = np.array([float(number) for number in numbers.split()])
        if command == "M":
            here = values
        elif command == "H":
            end = np.array([values[0], here[1]])
            yield np.linspace(here, end, _POINTS_PER_CURVE)
            here = end
        else:
            first, second, end = values.reshape(3, 2)
            t = np.linspace(0, 1, _POINTS_PER_CURVE)[:, None]
            yield (
                (1 - t) ** 3 * here
                + 3 * (1 - t) ** 2 * t * first
                + 3 * (1 - t) * t**2 * second
                + t**3 * end
            )
            here = end
