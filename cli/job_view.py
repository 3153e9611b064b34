"""How a job is shown: what is said of every kind, and what each kind adds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from cli.client import EvaluationPlan, EvaluationRecord, Plan, SearchRecord
from cli.client.job import BlockingJob
from cli.progress_display import Words, duration, time_left, warning_lines
from cli.terminal import print_text
from store.plain_text import on_one_line

_LEAST_WIDTH = 10
"""Columns of the names in front of lines."""

J = TypeVar("J", bound=BlockingJob[Any])
R = TypeVar("R", bound=SearchRecord | EvaluationRecord)
P = TypeVar("P", bound=Plan | EvaluationPlan)

Lines = Mapping[str, str | None]
"""By the names in front of them; those that are None are left out."""


@dataclass(frozen=True, kw_only=True)
class JobView(Generic[J, R, P]):
    """What the command line says of one kind of job alone."""

    words: Words
    """While one runs."""
    columns: tuple[str, ...]
    """The heads of its own columns in a list."""
    cells: Callable[[R], tuple[str, ...]]
    """What stands in them."""
    made_of: Callable[[R], Lines]
    """What one was given besides its preset and its data set."""
    findings: Callable[[R], Lines]
    """What one has found so far, and how to get it."""
    remarks: Callable[[R], Sequence[str]]
    """Sentences about what it has found."""
    plan: Callable[[P], Iterable[str]]
    """What one would do: the first line is about all of it."""
    new_epochs: Callable[[J], Callable[[], Sequence[Any]]]
    """What tells the epochs that have ended since its last call."""
    tell_end: Callable[[R], None]
    """Tells what one found, once it has succeeded."""


def table_head(view: JobView[Any, Any, Any]) -> tuple[str, ...]:
    """Return the head of a list."""
    return ("ID", "STATUS", "DONE", *view.columns, "DATA SET", "NAME", "SUBMITTED")


def table_row(view: JobView[Any, R, Any], record: R) -> tuple[str, ...]:
    """Return a job as a row of a list."""
    submitted = f"{record.created_at.astimezone():%Y-%m-%d %H:%M}"
    done = f"{record.progress.fraction:4.0%}"
    named = record.spec.dataset, record.spec.name or ""
    return record.id, record.status, done, *view.cells(record), *named, submitted


def print_job(view: JobView[Any, R, Any], record: R) -> None:
    """Print all that is known of a job."""
    lines = {what: text for what, text in _lines(view, record).items() if text is not None}
    width = max(_LEAST_WIDTH, *map(len, lines))
    print_text(f"{record.id}  {record.status}")
    for what, text in lines.items():
        print_text(f"  {what:<{width}} {on_one_line(text)}")
    for line in [*view.remarks(record), *warning_lines(record.warnings)]:
        print_text(f"  {line}")


def print_plan(view: JobView[Any, Any, P], planned: P) -> None:
    """Print what a job would do."""
    whole, *parts = view.plan(planned)
    print_text(f"{planned.spec.preset} on {planned.spec.dataset}: {whole}")
    for line in [*parts, *warning_lines(planned.warnings)]:
        print_text(f"  {line}")


def _lines(view: JobView[Any, R, Any], record: R) -> dict[str, str | None]:
    spec = record.spec
    lines: dict[str, str | None] = {"name": spec.name}
    lines["spec"] = f"{spec.preset} on {spec.dataset}, seed {spec.seed}"
    lines |= view.made_of(record)
    lines["submitted"] = f"{record.created_at.astimezone():%Y-%m-%d %H:%M:%S}"
    if record.started_at is not None:
        done = f"{record.progress.fraction:.0%} done{time_left(record)}"
        lines["progress"] = f"{view.words.place(record)}, {done}"
    if record.running_seconds is not None:
        lines["took"] = duration(record.running_seconds)
    if record.attempts is not None and record.attempts > 1:
        lines["attempts"] = str(record.attempts)
    lines |= view.findings(record)
    if record.error is not None:
        lines["error"] = f"{record.error.code}: {record.error.message}"
    return lines
