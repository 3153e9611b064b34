"""How operations look: by colour, and again by the kind and strength of their lines.

The colours are those of Okabe and Ito, which people who see few colours tell apart. Without any,
the pattern of a line says the family of its operation and its strength the kernel size.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from pdarts_core.genotype import SKIP_CONNECT

Pattern = Literal["solid", "dashed", "dotted", "double"]


@dataclass(frozen=True, kw_only=True)
class Paint:
    """A colour on a light page and its counterpart on a dark one."""

    name: str
    light: str
    dark: str


PAPER = Paint(name="paper", light="#ffffff", dark="#0d1117")
INK = Paint(name="ink", light="#1f2328", dark="#e6edf3")
INPUT = Paint(name="input", light="#e3efe3", dark="#1c3324")
NODE = Paint(name="node", light="#e4ecf5", dark="#1b2a3d")
OUTPUT = Paint(name="output", light="#f5eeda", dark="#3a3117")
FRAME = Paint(name="frame", light="#57606a", dark="#8b949e")
FAINT = Paint(name="faint", light="#9aa1a9", dark="#6e7681")


def _everywhere(name: str, color: str) -> Paint:
    return Paint(name=name, light=color, dark=color)


@dataclass(frozen=True, kw_only=True)
class LineStyle:
    """The line of an operation."""

    paint: Paint
    pattern: Pattern
    width: float
    """In pixels."""


LINE_STYLES: Mapping[str, LineStyle] = MappingProxyType(
    {
        "max_pool_3x3": LineStyle(
            paint=_everywhere("orange", "#E69F00"), pattern="dotted", width=3.8
        ),
        "avg_pool_3x3": LineStyle(
            paint=_everywhere("vermillion", "#D55E00"), pattern="dotted", width=2.2
        ),
        SKIP_CONNECT: LineStyle(paint=FRAME, pattern="double", width=4.4),
        "sep_conv_3x3": LineStyle(paint=_everywhere("blue", "#0072B2"), pattern="solid", width=1.8),
        "sep_conv_5x5": LineStyle(
            paint=_everywhere("sky-blue", "#56B4E9"), pattern="solid", width=3.8
        ),
        "dil_conv_3x3": LineStyle(
            paint=_everywhere("green", "#009E73"), pattern="dashed", width=1.8
        ),
        "dil_conv_5x5": LineStyle(
            paint=_everywhere("purple", "#CC79A7"), pattern="dashed", width=3.8
        ),
    }
)
"""For each operation that a genotype can hold, in the paper's order."""
CONCATENATION = LineStyle(paint=FAINT, pattern="solid", width=1.2)
"""For the nodes' way into the cell's output."""


def line_style(operation: str | None) -> LineStyle:
    """Return the style of an operation's line; None stands for the concatenation."""
    return CONCATENATION if operation is None else LINE_STYLES[operation]
