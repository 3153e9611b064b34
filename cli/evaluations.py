"""What the commands of `pdarts evaluation` do."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cli import jobs
from cli.client import (
    Client,
    Evaluation,
    EvaluationEstimate,
    EvaluationPlan,
    EvaluationRecord,
    Figure,
    Result,
    Status,
)
from cli.connection import connected
from cli.errors import WrongUse
from cli.follow_job import new_epochs_of_evaluation
from cli.input_files import parse_members
from cli.progress_display import (
    EVALUATION_WORDS,
    describe_epoch,
    duration,
    time_left,
    time_needed,
    warning_lines,
)
from cli.saved_files import save
from cli.terminal import print_json, print_table, print_text, say, warn
from store.kinds import EVALUATION
from store.plain_text import on_one_line
from store.wording import number_of

_HEAD = ("ID", "STATUS", "DONE", "ACCURACY", "GENOTYPE", "DATA SET", "NAME", "SUBMITTED")
_SOURCES = {"test": "test images", "validation": "held-out images"}
_ORIGINS = {"gt_": "genotype", "srch_": "search"}


def origin_of(found: str | None) -> dict[str, str]:
    """Return the field that names what to train.

    Raises:
        WrongUse: it is the id of something else.
    """
    if found is None:
        return {}
    for prefix, field in _ORIGINS.items():
        if found.startswith(prefix):
            return {field: found}
    raise WrongUse(f"{found!r} is neither a genotype's id (gt_…) nor a search's (srch_…)")


def plan(spec: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what an evaluation would train."""
    with connected() as client:
        planned = client.plan_evaluation(spec)
    if as_json:
        print_json(planned)
    else:
        _print_plan(planned)


def create(
    spec: Mapping[str, Any], idempotency_key: str | None, *, watch: bool, as_json: bool
) -> None:
    """Submit an evaluation, print it, and watch it if asked to."""
    with connected() as client:
        evaluation = client.create_evaluation(spec, idempotency_key=idempotency_key)
        if as_json:
            print_json(evaluation.record)
        else:
            say(evaluation.id)
            warn(warning_lines(evaluation.record.warnings))
        if watch:
            _follow(evaluation, as_json=as_json)


def list_all(
    filters: Mapping[str, Any], metadata: Sequence[str], limit: int, *, as_json: bool
) -> None:
    """Print evaluations."""
    filters = {**filters, "metadata": parse_members(metadata)}

    def find(client: Client) -> Iterator[EvaluationRecord]:
        return client.list_evaluations(**filters, page_size=min(limit, 200))

    jobs.list_all(find, limit, _HEAD, _row, as_json=as_json)


def show(evaluation_id: str, *, as_json: bool) -> None:
    """Print an evaluation."""
    with connected() as client:
        record = client.get_evaluation(evaluation_id).record
    if as_json:
        print_json(record)
    else:
        _print_evaluation(record)


def watch(evaluation_id: str, *, as_json: bool) -> None:
    """Show an evaluation until it has ended."""
    with connected() as client:
        _follow(client.get_evaluation(evaluation_id), as_json=as_json)


def result(evaluation_id: str, *, as_json: bool) -> None:
    """Print the figures that an evaluation ended with, class by class."""
    with connected() as client:
        found = client.get_result(evaluation_id)
    if as_json:
        print_json(found)
        return
    for what, text in _figures(found).items():
        print_text(f"{what:<17} {text}")
    print_text("")
    rows = [
        (
            one.name,
            str(one.images),
            str(one.hits),
            "" if one.accuracy is None else _of(one.accuracy),
        )
        for one in found.classes
    ]
    print_table(("CLASS", "IMAGES", "RIGHT", "ACCURACY"), rows)


def wrong(evaluation_id: str, out: Path | None, *, as_json: bool) -> None:
    """Save the picture of an evaluation's surest mistakes.

    Raises:
        UnfitMachine: the file cannot be written.
    """
    with connected() as client:
        data = client.get_wrong_images(evaluation_id)
    save(data, out or Path(f"{evaluation_id}-wrong.png"), of=evaluation_id, as_json=as_json)


def result_sentence(found: Result) -> str:
    """Return how often the network is right, what that rests on, and what guessing would reach."""
    images = f"{found.accuracy.images:,} {_SOURCES.get(found.source, found.source)}"
    return (
        f"Right on {found.accuracy.value:.1%} of {images}"
        f" (95% interval {found.accuracy.low:.1%} to {found.accuracy.high:.1%};"
        f" chance {found.chance_accuracy:.1%})"
    )


def _follow(evaluation: Evaluation, *, as_json: bool) -> None:
    new_epochs = new_epochs_of_evaluation(evaluation)
    jobs.follow(EVALUATION, evaluation, EVALUATION_WORDS, new_epochs, as_json=as_json)
    found = evaluation.record.result
    if found is not None:
        warn([f"{result_sentence(found)}."], style="")
    warn([f"{evaluation.id} has finished. Get its network: pdarts model get {evaluation.id}"])


def _row(record: EvaluationRecord) -> tuple[str, ...]:
    submitted = f"{record.created_at.astimezone():%Y-%m-%d %H:%M}"
    accuracy = "" if record.result is None else _of(record.result.accuracy)
    named = record.genotype.id or "", record.spec.dataset, record.spec.name or ""
    return record.id, record.status, f"{record.progress.fraction:4.0%}", accuracy, *named, submitted


def _print_evaluation(record: EvaluationRecord) -> None:
    spec, genotype = record.spec, record.genotype
    lines: dict[str, str | None] = {"name": spec.name}
    lines["spec"] = f"{spec.preset} on {spec.dataset}, seed {spec.seed}"
    lines["genotype"] = genotype.id or "sent along"
    lines["search"] = genotype.search_id
    lines["weights"] = spec.weights
    lines["submitted"] = f"{record.created_at.astimezone():%Y-%m-%d %H:%M:%S}"
    if record.started_at is not None:
        done = f"{record.progress.fraction:.0%} done{time_left(record)}"
        lines["progress"] = f"{describe_epoch(record)}, {done}"
    if record.running_seconds is not None:
        lines["took"] = duration(record.running_seconds)
    if record.error is not None:
        lines["error"] = f"{record.error.code}: {record.error.message}"
    if record.result is not None:
        lines |= _figures(record.result)
    if record.status is Status.SUCCEEDED:
        lines["model"] = f"pdarts model get {record.id}"
    print_text(f"{record.id}  {record.status}")
    for what, text in lines.items():
        if text is not None:
            print_text(f"  {what:<17} {on_one_line(text)}")
    for line in warning_lines(record.warnings):
        print_text(f"  {line}")


def _figures(found: Result) -> dict[str, str]:
    images = f"{found.accuracy.images:,} {_SOURCES.get(found.source, found.source)}"
    lines = {
        "accuracy": f"{_of(found.accuracy)} of {images}, chance {found.chance_accuracy:.1%}",
        "top 5": _of(found.top5),
        "balanced accuracy": _of(found.balanced_accuracy),
        "loss": f"{found.loss.value:.4f} ({found.loss.low:.4f} to {found.loss.high:.4f})",
    }
    if found.best is not None:
        held_out = f"{_of(found.best.accuracy)} of {found.best.accuracy.images:,} held-out images"
        lines["best epoch"] = f"{found.best.epoch}: {held_out}"
    lines["parameters"] = f"{found.parameters:,}"
    return lines


def _of(share: Figure) -> str:
    """Return a share with its interval."""
    return f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%})"


def _print_plan(planned: EvaluationPlan) -> None:
    spec = planned.spec
    print_text(f"{spec.preset} on {spec.dataset}: {number_of(spec.epochs, 'epoch')}")
    if planned.network is not None:
        size = planned.network
        print_text(f"  {size.parameters:,} parameters, {size.multiply_adds:,} multiply-adds")
    if planned.estimate is not None:
        print_text(f"  {_needed(planned.estimate)}")
    for line in warning_lines(planned.warnings):
        print_text(f"  {line}")


def _needed(estimate: EvaluationEstimate) -> str:
    unknown = f"{estimate.multiply_adds:.1e} multiply-adds in all; no time known yet"
    known = time_needed(estimate, EVALUATION.plural, rough_factor=estimate.rough_factor)
    return known or unknown
