"""The colours and lines of a drawing; those of the operations come with their records."""

from collections.abc import Mapping
from types import MappingProxyType

from pdarts_core.space.line_styles import GREY, LineStyle, Paint
from pdarts_core.space.operations import OPERATIONS

PAPER = Paint(name="paper", light="#ffffff", dark="#0d1117")
INK = Paint(name="ink", light="#1f2328", dark="#e6edf3")
INPUT = Paint(name="input", light="#e3efe3", dark="#1c3324")
NODE = Paint(name="node", light="#e4ecf5", dark="#1b2a3d")
OUTPUT = Paint(name="output", light="#f5eeda", dark="#3a3117")
FRAME = GREY
FAINT = Paint(name="faint", light="#9aa1a9", dark="#6e7681")
HEAT = Paint(name="heat", light="#0072b2", dark="#56b4e9")
"""Of what is the stronger, the more there is of it."""


LINE_STYLES: Mapping[str, LineStyle] = MappingProxyType(
    {name: operation.line for name, operation in OPERATIONS.items() if operation.line}
)
"""For each operation that a genotype can hold, in the paper's order."""
CONCATENATION = LineStyle(paint=FAINT, pattern="solid", width=1.2)
"""For the nodes' way into the cell's output."""


def line_style(operation: str | None) -> LineStyle:
    """Return the style of an operation's line; None stands for the concatenation."""
    return CONCATENATION if operation is None else LINE_STYLES[operation]
