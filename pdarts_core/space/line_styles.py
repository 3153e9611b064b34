"""How a line looks: by colour, and again by its pattern and strength.

The colours are those of Okabe and Ito, which colour-blind people can tell apart. Without colours,
the pattern of a line shows the family of its operation, and its strength the kernel size.
"""

from dataclasses import dataclass
from typing import Literal

Pattern = Literal["solid", "dashed", "dotted", "double"]


@dataclass(frozen=True, kw_only=True)
class Paint:
    """A colour on a light page and its counterpart on a dark one."""

    name: str
    light: str
    dark: str


@dataclass(frozen=True, kw_only=True)
class LineStyle:
    """The line of an operation."""

    paint: Paint
    pattern: Pattern
    width: float
    """In pixels."""


GREY = Paint(name="frame", light="#57606a", dark="#8b949e")


def line(name: str, color: str, pattern: Pattern, width: float) -> LineStyle:
    """Return a style whose colour is the same on every page."""
    paint = Paint(name=name, light=color, dark=color)
    return LineStyle(paint=paint, pattern=pattern, width=width)
