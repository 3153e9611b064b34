"""What the commands say: results on standard output, all else on standard error.

Results are lines for people and JSON for programs.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import typer
from rich.console import Console

if TYPE_CHECKING:
    from pydantic import BaseModel

output = Console(highlight=False, soft_wrap=True)
messages = Console(highlight=False, soft_wrap=True, stderr=True)


def say(*lines: str) -> None:
    """Print lines of plain text, as they are."""
    for line in lines:
        output.print(line, markup=False)


def warn(lines: Iterable[str]) -> None:
    """Print lines that are no result."""
    for line in lines:
        messages.print(line, markup=False, style="yellow")


def print_json(answer: "BaseModel") -> None:
    """Print an answer as one line of JSON."""
    typer.echo(answer.model_dump_json())


def print_text(text: str) -> None:
    """Print text of the service as it is, without what could steer a terminal."""
    typer.echo("\n".join(map(_printable, text.splitlines())))


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below their heads, each column as wide as it must be."""
    table = [tuple(head), *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print_text("  ".join(cells).rstrip())


def _printable(line: str) -> str:
    return "".join(sign if sign.isprintable() or sign == "\t" else "�" for sign in line)
