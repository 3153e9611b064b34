"""The few SVG elements that cells and tables are drawn with.

Colours stand in the elements, for programs that know no style sheets; a style sheet replaces them
on a dark page.
"""

from xml.etree import ElementTree as ET

from pdarts_core.drawing.placement import Box
from pdarts_core.drawing.styles import (
    FAINT,
    FRAME,
    HEAT,
    INK,
    INPUT,
    NODE,
    OUTPUT,
    PAPER,
)
from pdarts_core.space.line_styles import LineStyle, Paint

ROOT_CLASS = "pdarts-cells"
TEXT_SIZE = 11.0
"""Of labels, in pixels."""
ADVANCE = 0.605
"""Width of a character of a fixed-width font, for each pixel of its size."""
_FONT = "DejaVu Sans Mono, Menlo, Consolas, Liberation Mono, monospace"
_BASELINE = 0.35
"""From the middle of a line of text down to its baseline, for each pixel of its size."""
_DASHES = {"dashed": "8 4.5", "dotted": "0.1 5.5"}
"""Strokes and spaces; with round ends a stroke without length is a dot."""
_DOUBLE_SPACE = 0.4
"""Share of a double line that stays empty."""


def text_width(text: str, size: float = TEXT_SIZE) -> float:
    """Return the width of a text in pixels."""
    return len(text) * ADVANCE * size


def dark_page() -> str:
    """Return the style sheet that replaces light colours on a dark screen."""
    rules = [
        f".{ROOT_CLASS} .{paint.name}-{part}{{{part}:{paint.dark}}}"
        for paint in (PAPER, INK, INPUT, NODE, OUTPUT, FRAME, FAINT, HEAT)
        for part in ("fill", "stroke")
    ]
    return f"@media screen and (prefers-color-scheme:dark){{{''.join(rules)}}}"


def document(title: str, description: str, *, width: float, height: float) -> ET.Element:
    """Return an empty page of this size in pixels; a screen reader finds what is said of it."""
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": ROOT_CLASS,
            "role": "img",
            "width": f"{width:.0f}",
            "height": f"{height:.0f}",
            "viewBox": f"0 0 {width:.0f} {height:.0f}",
        },
    )
    add(root, "title").text = title
    add(root, "desc").text = description
    add(root, "style").text = dark_page()
    add(root, "rect", width="100%", height="100%", **_painted(fill=PAPER))
    return root


def add(parent: ET.Element, tag: str, **attributes: str | float) -> ET.Element:
    """Append an element; underscores in names become hyphens, numbers keep one decimal."""
    named = {name.replace("_", "-"): _value(value) for name, value in attributes.items()}
    return ET.SubElement(parent, tag, named)


def add_box(
    parent: ET.Element, box: Box, *, radius: float, fill: Paint, opacity: float, stroke: Paint
) -> None:
    """Append a rectangle with round corners; a see-through one lies on paper."""
    place = {"x": box.left, "y": box.top, "width": box.width, "height": box.height, "rx": radius}
    if opacity < 1:
        add(parent, "rect", **place, **_painted(fill=PAPER))
    painted = _painted(fill=fill, stroke=stroke)
    add(parent, "rect", **place, **painted, fill_opacity=f"{opacity:g}", stroke_width="1.2")


def add_tile(parent: ET.Element, x: float, y: float, side: float, share: float) -> None:
    """Append a square whose colour is the stronger, the larger a share is."""
    place = {"x": x, "y": y, "width": side, "height": side}
    add(parent, "rect", **place, **_painted(fill=HEAT), fill_opacity=f"{share:.3g}")


def add_text(
    parent: ET.Element,
    text: str,
    x: float,
    y: float,
    *,
    size: float = TEXT_SIZE,
    anchor: str = "middle",
    paint: Paint = INK,
) -> ET.Element:
    """Append a line of text, its middle at the height y."""
    element = add(
        parent,
        "text",
        x=x,
        y=y + _BASELINE * size,
        font_size=f"{size:g}",
        font_family=_FONT,
        text_anchor=anchor,
        **_painted(fill=paint),
    )
    element.text = text
    return element


def add_line(parent: ET.Element, path: str, style: LineStyle) -> None:
    """Append a line in the style of its operation."""
    line = {"d": path, "fill": "none", "stroke_width": f"{style.width:g}"}
    if style.pattern in _DASHES:
        cap = "round" if style.pattern == "dotted" else "butt"
        line |= {"stroke_dasharray": _DASHES[style.pattern], "stroke_linecap": cap}
    add(parent, "path", **line, **_painted(stroke=style.paint))
    if style.pattern == "double":
        line["stroke_width"] = f"{style.width * _DOUBLE_SPACE:.2g}"
        add(parent, "path", **line, **_painted(stroke=PAPER))


def add_arrowhead(parent: ET.Element, x: float, y: float, length: float, style: LineStyle) -> None:
    """Append an arrowhead that points right to x, y."""
    half = length * 0.55
    path = f"M{x:.1f} {y:.1f}l{-length:.1f} {-half:.1f}v{2 * half:.1f}z"
    add(parent, "path", d=path, **_painted(fill=style.paint))


def _painted(**paints: Paint) -> dict[str, str]:
    """Return the attributes that give an element its `fill` and `stroke`."""
    classes = " ".join(f"{paint.name}-{part}" for part, paint in paints.items())
    return {"class": classes} | {part: paint.light for part, paint in paints.items()}


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}"
