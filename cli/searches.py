"""What the commands of `pdarts search` do."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli import jobs
from cli.client import Client, Plan, Search, SearchRecord, Status
from cli.connection import connected
from cli.every_stage import set_in_every_stage
from cli.findings import STYLES, accuracy_lines, short_accuracy, signal_lines
from cli.follow_job import new_epochs_of_search
from cli.input_files import parse_members
from cli.progress_display import (
    SEARCH_WORDS,
    describe_place,
    duration,
    time_left,
    time_needed,
    warning_lines,
)
from cli.terminal import print_json, print_text, say, warn
from store.kinds import SEARCH
from store.plain_text import on_one_line
from store.wording import number_of

_HEAD = ("ID", "STATUS", "DONE", "SIGNAL", "ACCURACY", "DATA SET", "NAME", "SUBMITTED")


def plan(spec: Mapping[str, Any], every_stage: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what a search would do; `every_stage` is set in each of its stages."""
    with connected() as client:
        planned = client.plan_search(set_in_every_stage(client, spec, every_stage))
    if as_json:
        print_json(planned)
    else:
        _print_plan(planned)


def create(
    spec: Mapping[str, Any],
    every_stage: Mapping[str, Any],
    idempotency_key: str | None,
    *,
    watch: bool,
    as_json: bool,
) -> None:
    """Submit a search, print it, and watch it if asked to; `every_stage` is set in each stage."""
    with connected() as client:
        whole = set_in_every_stage(client, spec, every_stage)
        search = client.create_search(whole, idempotency_key=idempotency_key)
        if as_json:
            print_json(search.record)
        else:
            say(search.id)
            warn(warning_lines(search.record.warnings))
        if watch:
            _follow(search, as_json=as_json)


def list_all(
    filters: Mapping[str, Any], metadata: Sequence[str], limit: int, *, as_json: bool
) -> None:
    """Print searches."""
    filters = {**filters, "metadata": parse_members(metadata)}

    def find(client: Client) -> Iterator[SearchRecord]:
        return client.list_searches(**filters, page_size=min(limit, 200))

    jobs.list_all(find, limit, _HEAD, _row, as_json=as_json)


def show(search_id: str, *, as_json: bool) -> None:
    """Print a search."""
    with connected() as client:
        record = client.get_search(search_id).record
    if as_json:
        print_json(record)
    else:
        _print_search(record)


def watch(search_id: str, *, as_json: bool) -> None:
    """Show a search until it has ended."""
    with connected() as client:
        _follow(client.get_search(search_id), as_json=as_json)


def _follow(search: Search, *, as_json: bool) -> None:
    """Show a search until it has ended, and what it found."""
    new_epochs = new_epochs_of_search(search)
    jobs.follow(SEARCH, search, SEARCH_WORDS, new_epochs, as_json=as_json)
    signal = search.record.signal
    warn(signal_lines(signal), style=STYLES.get(signal.verdict if signal else "", "yellow"))
    warn((f"accuracy: {line}" for line in accuracy_lines(search.record.accuracy)[:1]), style="")
    warn([f"{search.id} has finished. Get its genotype: pdarts genotype get {search.id}"])


def _row(record: SearchRecord) -> tuple[str, ...]:
    submitted = f"{record.created_at.astimezone():%Y-%m-%d %H:%M}"
    done = f"{record.progress.fraction:4.0%}"
    signal = "" if record.signal is None else record.signal.verdict
    spec = record.spec
    accuracy = short_accuracy(record.accuracy)
    named = spec.dataset, spec.name or ""
    return record.id, record.status, done, signal, accuracy, *named, submitted


def _print_search(record: SearchRecord) -> None:
    spec, lines = record.spec, {}
    lines["name"] = spec.name
    lines["spec"] = f"{spec.preset} on {spec.dataset}, seed {spec.seed}"
    lines["submitted"] = f"{record.created_at.astimezone():%Y-%m-%d %H:%M:%S}"
    if record.started_at is not None:
        place = describe_place(record)
        lines["progress"] = f"{place}, {record.progress.fraction:.0%} done{time_left(record)}"
    if record.running_seconds is not None:
        lines["took"] = duration(record.running_seconds)
    if record.attempts is not None and record.attempts > 1:
        lines["attempts"] = str(record.attempts)
    if accuracy := accuracy_lines(record.accuracy):
        lines["accuracy"], *more = accuracy
        lines |= dict(zip(("balanced", "classes"), more, strict=False))
    if record.error is not None:
        lines["error"] = f"{record.error.code}: {record.error.message}"
    if record.status is Status.SUCCEEDED:
        lines["genotype"] = f"pdarts genotype get {record.id}"
    print_text(f"{record.id}  {record.status}")
    for what, text in lines.items():
        if text is not None:
            print_text(f"  {what:<10} {on_one_line(text)}")
    for line in [*signal_lines(record.signal), *warning_lines(record.warnings)]:
        print_text(f"  {line}")


def _print_plan(planned: Plan) -> None:
    spec = planned.spec
    print_text(f"{spec.preset} on {spec.dataset}: {number_of(planned.epochs, 'epoch')}")
    for stage in planned.stages:
        memory = "" if stage.memory_bytes is None else f", {stage.memory_bytes / 2**20:.0f} MiB"
        print_text(f"  stage {stage.stage}: {number_of(stage.epochs, 'epoch')}{memory}")
    expected = planned.estimate and time_needed(planned.estimate, SEARCH.plural)
    if expected:
        print_text(f"  {expected}")
    for line in warning_lines(planned.warnings):
        print_text(f"  {line}")
