"""A search's progress: on a terminal as a bar, elsewhere as a line for each epoch."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from cli.client import Epoch, Estimate, SearchRecord, SpecWarning
from store.plain_text import on_one_line

_WIDE = 112
"""Columns that a bar with all its words takes."""


class Display(Protocol):
    """Shows a running search."""

    def show(self, search: SearchRecord, epochs: Sequence[Epoch]) -> None:
        """Show the search's state; `epochs` are those that have ended since the last call."""


class PlainDisplay:
    """A line for each epoch."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = ""

    def show(self, search: SearchRecord, epochs: Sequence[Epoch]) -> None:
        """Print the epochs, and the status when it has changed."""
        if search.status != self._status:
            self._status = search.status
            self._print(search.status)
        for epoch in epochs:
            self._print(
                f"stage {epoch.stage}/{search.progress.stages}  epoch {epoch.epoch:>3}  "
                f"{epoch.phase:<12}  {accuracy_of(epoch)}  "
                f"{search.progress.fraction:4.0%} done{time_left(search)}"
            )

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False)


class BarDisplay:
    """A bar, on a line of the terminal; a narrow one has fewer words."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._is_narrow = progress.console.width < _WIDE
        self._accuracy = ""

    def show(self, search: SearchRecord, epochs: Sequence[Epoch]) -> None:
        """Move the bar."""
        if epochs:
            accuracy = accuracy_of(epochs[-1])
            self._accuracy = _in_short(accuracy) if self._is_narrow else accuracy
        left = time_left(search)
        self._progress.update(
            self._task,
            description=describe_place(search, with_phase=not self._is_narrow),
            completed=search.progress.fraction,
            accuracy=self._accuracy,
            left=_in_short(left) if self._is_narrow else left,
        )


@contextmanager
def display_on(console: Console) -> Iterator[Display]:
    """Yield the display that suits the console."""
    if not console.is_terminal:
        yield PlainDisplay(console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TextColumn("{task.fields[accuracy]}"),
        TextColumn("{task.fields[left]}", style="dim"),
    )
    with Progress(*columns, console=console, expand=True) as progress:
        yield BarDisplay(progress, progress.add_task("", total=1.0, accuracy="", left=""))


def describe_place(search: SearchRecord, *, with_phase: bool = True) -> str:
    """Return the stage, epoch and phase, or the status if no epoch is running."""
    at = search.progress
    if at.stage is None or at.epoch is None:
        return search.status
    place = f"stage {at.stage}/{at.stages} · epoch {at.epoch}/{at.epochs}"
    return f"{place} · {at.phase}" if with_phase else place


def accuracy_of(epoch: Epoch) -> str:
    """Return the measured accuracies, in percent."""
    measured = f"accuracy {epoch.train_accuracy:6.1%}"
    return (
        measured
        if epoch.valid_accuracy is None
        else f"{measured}, second half {epoch.valid_accuracy:6.1%}"
    )


def time_left(search: SearchRecord) -> str:
    """Return how long it will still take, if that is known."""
    if search.progress.eta is None:
        return ""
    return f", about {duration((search.progress.eta - datetime.now(UTC)).total_seconds())} left"


def duration(seconds: float) -> str:
    """Return minutes and seconds: `2:05`."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02}"


def _in_short(words: str) -> str:
    """Leave out what a reader can do without: 78.1%, second half 75.0%."""
    return " ".join(words.removeprefix("accuracy").removeprefix(", about").split())


def time_needed(estimate: Estimate, seconds: float) -> str:
    """Return how long a search is expected to take, on what, and how sure that is."""
    told = f"about {seconds / 60:.0f} min on {estimate.device}"
    if estimate.seconds_low is None or estimate.seconds_high is None:
        return f"{told}, by the speed of {estimate.measured_on}; yours may differ"
    low, high = estimate.seconds_low / 60, estimate.seconds_high / 60
    told += f" ({low:.0f} to {high:.0f}), as {estimate.learned_from} searches took here"
    if estimate.median_error is None:
        return told
    return f"{told}, whose estimates were off by {estimate.median_error:.0%}"


def warning_lines(warnings: Sequence[SpecWarning]) -> list[str]:
    """Return what speaks against a spec, a line each."""
    return [f"warning: {on_one_line(warning.message)}" for warning in warnings]
