"""What the command line says of evaluations alone, and does with their results."""

from collections.abc import Iterator
from pathlib import Path

from cli.client import (
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
from cli.findings import ACCURACY_COLUMN
from cli.follow_job import new_epochs_of_evaluation
from cli.job_view import JobView, Lines
from cli.progress_display import EVALUATION_WORDS, time_needed
from cli.saved_files import save
from cli.terminal import print_json, print_table, print_text, warn
from store.kinds import EVALUATION
from store.wording import number_of

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
    print_table(("CLASS", "IMAGES", "RIGHT", ACCURACY_COLUMN), rows)


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


def _cells(record: EvaluationRecord) -> tuple[str, str]:
    accuracy = "" if record.result is None else _of(record.result.accuracy)
    return accuracy, record.genotype.id or ""


def _made_of(record: EvaluationRecord) -> Lines:
    genotype = record.genotype
    return {
        "genotype": genotype.id or "given in the request",
        "search": genotype.search_id,
        "weights": record.spec.weights,
    }


def _findings(record: EvaluationRecord) -> Lines:
    lines = {} if record.result is None else _figures(record.result)
    if record.status is Status.SUCCEEDED:
        lines["model"] = f"pdarts model get {record.id}"
    return lines


def _figures(found: Result) -> dict[str, str]:
    images = f"{found.accuracy.images:,} {_SOURCES.get(found.source, found.source)}"
    lines = {
        "accuracy": f"{_told(found.accuracy, images)}, chance {found.chance_accuracy:.1%}",
        "top 5": _told(found.top5),
        "balanced accuracy": _told(found.balanced_accuracy),
        "loss": f"{found.loss.value:.4f}, 95% interval {found.loss.low:.4f} to"
        f" {found.loss.high:.4f}",
    }
    if found.best is not None:
        held_out = f"{found.best.accuracy.images:,} held-out images"
        lines["best epoch"] = f"{found.best.epoch}: {_told(found.best.accuracy, held_out)}"
    lines["parameters"] = f"{found.parameters:,}"
    return lines


def _told(share: Figure, images: str = "") -> str:
    """Return a share, what it is of, and its interval in words."""
    of_images = f" of {images}" if images else ""
    return f"{share.value:.1%}{of_images}, 95% interval {share.low:.1%} to {share.high:.1%}"


def _of(share: Figure) -> str:
    """Return a share with its interval, for a column that says what is in parentheses."""
    return f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%})"


def _plan(planned: EvaluationPlan) -> Iterator[str]:
    yield number_of(planned.spec.epochs, "epoch")
    if planned.network is not None:
        size = planned.network
        yield f"{size.parameters:,} parameters, {size.multiply_adds:,} multiply-adds"
    if planned.estimate is not None:
        yield _needed(planned.estimate)


def _needed(estimate: EvaluationEstimate) -> str:
    unknown = f"{estimate.multiply_adds:.1e} multiply-adds in all; no time known yet"
    known = time_needed(estimate, EVALUATION.plural, rough_factor=estimate.rough_factor)
    return known or unknown


def _tell_end(record: EvaluationRecord) -> None:
    if record.result is not None:
        warn([f"{result_sentence(record.result)}."], style="")
    warn([f"{record.id} has finished. Get its network: pdarts model get {record.id}"])


VIEW: JobView[Evaluation, EvaluationRecord, EvaluationPlan] = JobView(
    words=EVALUATION_WORDS,
    columns=(ACCURACY_COLUMN, "GENOTYPE"),
    cells=_cells,
    made_of=_made_of,
    findings=_findings,
    remarks=lambda _: (),
    plan=_plan,
    new_epochs=new_epochs_of_evaluation,
    tell_end=_tell_end,
)
