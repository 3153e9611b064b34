"""Drawings: of cells as SVG, DOT, and text for a terminal; of a confusion matrix as SVG.

This package imports no torch, so that an HTTP service can use it.
"""

from pdarts_core.drawing.confusion import draw_confusion
from pdarts_core.drawing.dot import draw_dot
from pdarts_core.drawing.svg import draw_svg
from pdarts_core.drawing.text import draw_text

__all__ = ["draw_confusion", "draw_dot", "draw_svg", "draw_text"]
