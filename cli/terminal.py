"""What the commands say, and where: results on standard output, all else on standard error."""

from collections.abc import Iterable

from rich.console import Console

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
