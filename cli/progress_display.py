"""A job's progress: on a terminal as a bar, elsewhere as a line for each epoch."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from cli.client import (
    Epoch,
    EvaluationEpoch,
    EvaluationRecord,
    SearchRecord,
    SpecWarning,
    TimeEstimate,
)
from store.plain_text import on_one_line

_WIDE = 120
"""Columns that a bar with all its words takes."""
_TRAINING = "training accuracy"
_MINUTE = 60.0
_HOUR = 3600.0


@dataclass(frozen=True, kw_only=True)
class Words:
    """What is said of a kind of job while it runs; each takes its record, or an epoch."""

    place: Callable[[Any], str]
    """Where it is."""
    short_place: Callable[[Any], str]
    """The same for a narrow terminal."""
    line: Callable[[Any, Any], str]
    """What a job tells of an epoch that has ended."""
    accuracy: Callable[[Any], str]
    """What an epoch measured."""


class Display(Protocol):
    """Shows a running job."""

    def show(self, job: Any, epochs: Sequence[Any]) -> None:
        """Show the job's state; `epochs` are those that have ended since the last call."""


class PlainDisplay:
    """A line for each epoch."""

    def __init__(self, console: Console, words: Words) -> None:
        self._console = console
        self._words = words
        self._status = ""

    def show(self, job: Any, epochs: Sequence[Any]) -> None:
        """Print the epochs, and the status when it has changed."""
        if job.status != self._status:
            self._status = job.status
            self._print(job.status)
        for epoch in epochs:
            done = f"{job.progress.fraction:4.0%} done{time_left(job)}"
            self._print(f"{self._words.line(job, epoch)}  {done}")

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False)


class BarDisplay:
    """A bar, on a line of the terminal; a narrow one has fewer words."""

    def __init__(self, progress: Progress, task: TaskID, words: Words) -> None:
        self._progress = progress
        self._task = task
        self._words = words
        self._is_narrow = progress.console.width < _WIDE
        self._accuracy = ""

    def show(self, job: Any, epochs: Sequence[Any]) -> None:
        """Move the bar."""
        if epochs:
            accuracy = self._words.accuracy(epochs[-1])
            self._accuracy = _in_short(accuracy) if self._is_narrow else accuracy
        left = time_left(job)
        place = self._words.short_place if self._is_narrow else self._words.place
        self._progress.update(
            self._task,
            description=place(job),
            completed=job.progress.fraction,
            accuracy=self._accuracy,
            left=_in_short(left) if self._is_narrow else left,
        )


@contextmanager
def display_on(console: Console, words: Words | None = None) -> Iterator[Display]:
    """Yield the display that suits the console; of a search, unless there are other words."""
    words = words or SEARCH_WORDS
    if not console.is_terminal:
        yield PlainDisplay(console, words)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TextColumn("{task.fields[accuracy]}"),
        TextColumn("{task.fields[left]}", style="dim"),
    )
    with Progress(*columns, console=console, expand=True) as progress:
        task = progress.add_task("", total=1.0, accuracy="", left="")
        yield BarDisplay(progress, task, words)


def describe_place(search: SearchRecord, *, with_phase: bool = True) -> str:
    """Return the stage, epoch and phase, or the status if no epoch is running."""
    at = search.progress
    if at.stage is None or at.epoch is None:
        return search.status
    place = f"stage {at.stage}/{at.stages} · epoch {at.epoch}/{at.epochs}"
    return f"{place} · {at.phase}" if with_phase else place


def accuracy_of(epoch: Epoch) -> str:
    """Return the measured accuracies, in percent."""
    measured = f"{_TRAINING} {epoch.train_accuracy:6.1%}"
    return (
        measured
        if epoch.valid_accuracy is None
        else f"{measured}, second half {epoch.valid_accuracy:6.1%}"
    )


def _line_of_search(search: SearchRecord, epoch: Epoch) -> str:
    return (
        f"stage {epoch.stage}/{search.progress.stages}  epoch {epoch.epoch:>3}  "
        f"{epoch.phase:<12}  {accuracy_of(epoch)}"
    )


SEARCH_WORDS = Words(
    place=describe_place,
    short_place=partial(describe_place, with_phase=False),
    line=_line_of_search,
    accuracy=accuracy_of,
)


def describe_epoch(evaluation: EvaluationRecord) -> str:
    """Return the epoch of an evaluation, or the status if none is running."""
    at = evaluation.progress
    if at.epoch is None:
        return evaluation.status
    return f"epoch {at.epoch}/{at.epochs}" if at.epochs else "testing only"


def accuracy_of_evaluation(epoch: EvaluationEpoch) -> str:
    """Return the measured accuracies, in percent."""
    measured = f"{_TRAINING} {epoch.train_accuracy:6.1%}"
    return (
        measured
        if epoch.valid_accuracy is None
        else f"{measured}, held out {epoch.valid_accuracy:6.1%}"
    )


def _line_of_evaluation(evaluation: EvaluationRecord, epoch: EvaluationEpoch) -> str:
    return (
        f"epoch {epoch.epoch:>3}/{evaluation.progress.epochs}  loss {epoch.train_loss:.4f}  "
        f"{accuracy_of_evaluation(epoch)}"
    )


EVALUATION_WORDS = Words(
    place=describe_epoch,
    short_place=describe_epoch,
    line=_line_of_evaluation,
    accuracy=accuracy_of_evaluation,
)


def time_left(job: SearchRecord | EvaluationRecord) -> str:
    """Return how long it will still take, if that is known."""
    if job.progress.eta is None:
        return ""
    return f", about {duration((job.progress.eta - datetime.now(UTC)).total_seconds())} left"


def duration(seconds: float) -> str:
    """Return minutes and seconds, and more where there is more: `2:05`, `1 day, 3:02:05`."""
    told = str(timedelta(seconds=max(0, round(seconds))))
    return told.removeprefix("0:").removeprefix("0") if told.startswith("0:") else told


def _in_short(words: str) -> str:
    """Leave out what a reader can do without: train 78.1%, second half 75.0%."""
    return " ".join(words.replace(_TRAINING, "train").removeprefix(", about").split())


def time_needed(
    estimate: TimeEstimate, plural: str, *, rough_factor: float | None = None
) -> str | None:
    """Return how long a job is expected to take, on what, and how sure that is; None if unknown.

    Args:
        estimate: of the job.
        plural: what many such jobs are called.
        rough_factor: how many times as long, or as short, it can take; None if that is not known.
    """
    if estimate.seconds is None:
        return None
    about = f"about {_span(estimate.seconds)} on {estimate.device}"
    if estimate.seconds_low is None or estimate.seconds_high is None:
        told = f"{about}, judging by {estimate.measured_on}; your machine may differ"
        if rough_factor is None:
            return told
        times = f"{rough_factor:g}"
        rough = f"it may take 1/{times} of that, or {times} times as long"
        return f"{told}, and this is a rough guess: {rough}"
    low, high = _span(estimate.seconds_low), _span(estimate.seconds_high)
    told = f"{about} ({low} to {high}), based on {estimate.learned_from} {plural} that ran here"
    if estimate.median_error is None:
        return told
    return f"{told} (median error {estimate.median_error:.0%})"


def _span(seconds: float) -> str:
    """Return a time in the unit that fits it: `40 s`, `5 min`, `117 h`."""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < 3 * _HOUR else f"{seconds / _HOUR:,.0f} h"


def warning_lines(warnings: Sequence[SpecWarning]) -> list[str]:
    """Return what speaks against a spec, a line each."""
    return [f"warning: {on_one_line(warning.message)}" for warning in warnings]
