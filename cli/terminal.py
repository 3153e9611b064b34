"""What commands print: results on standard output, everything else on standard error.

Results are lines for people and JSON for programs.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from store.plain_text import on_one_line

if TYPE_CHECKING:
    from pydantic import BaseModel

output = Console(highlight=False, soft_wrap=True)
messages = Console(highlight=False, soft_wrap=True, stderr=True)


def say(*texts: str) -> None:
    """Print texts as they are, without what could steer a terminal."""
    for text in texts:
        output.print(printable(text), markup=False)


def warn(texts: Iterable[str], *, style: str = "yellow") -> None:
    """Print messages that are not results."""
    for text in texts:
        messages.print(printable(text), markup=False, style=style)


def print_json(answer: "BaseModel") -> None:
    """Print an answer as one line of JSON."""
    typer.echo(answer.model_dump_json())


def print_text(text: str) -> None:
    """Print text of the service, of one line or more, without what could steer a terminal."""
    typer.echo(printable(text))


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below their headings, each column as wide as needed."""
    table = [tuple(head), *(tuple(map(on_one_line, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print_text("  ".join(cells).rstrip())


def printable(text: str) -> str:
    r"""Return text with escapes (\x1b) for what is not seen, but for tabs and ends of lines."""
    return "".join(sign if sign in "\t\n" else on_one_line(sign) for sign in text)
