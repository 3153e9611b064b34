"""What the command line says of searches alone."""

from collections.abc import Iterator

from cli.client import Plan, Search, SearchRecord, Status
from cli.findings import (
    ACCURACY_COLUMN,
    STYLES,
    accuracy_lines,
    short_accuracy,
    signal_lines,
)
from cli.follow_job import new_epochs_of_search
from cli.job_view import JobView, Lines
from cli.progress_display import SEARCH_WORDS, time_needed
from cli.terminal import warn
from store.kinds import SEARCH
from store.wording import number_of


def _cells(record: SearchRecord) -> tuple[str, str]:
    verdict = "" if record.signal is None else record.signal.verdict
    return verdict, short_accuracy(record.accuracy)


def _findings(record: SearchRecord) -> Lines:
    lines = dict(
        zip(("accuracy", "balanced", "classes"), accuracy_lines(record.accuracy), strict=False)
    )
    if record.status is Status.SUCCEEDED:
        lines["genotype"] = f"pdarts genotype get {record.id}"
    return lines


def _plan(planned: Plan) -> Iterator[str]:
    yield number_of(planned.epochs, "epoch")
    for stage in planned.stages:
        memory = "" if stage.memory_bytes is None else f", {stage.memory_bytes / 2**20:.0f} MiB"
        yield f"stage {stage.stage}: {number_of(stage.epochs, 'epoch')}{memory}"
    expected = planned.estimate and time_needed(planned.estimate, SEARCH.plural)
    if expected:
        yield expected


def _tell_end(record: SearchRecord) -> None:
    signal = record.signal
    warn(signal_lines(signal), style=STYLES.get(signal.verdict if signal else "", "yellow"))
    warn((f"accuracy: {line}" for line in accuracy_lines(record.accuracy)[:1]), style="")
    warn([f"{record.id} has finished. Get its genotype: pdarts genotype get {record.id}"])


VIEW: JobView[Search, SearchRecord, Plan] = JobView(
    words=SEARCH_WORDS,
    columns=("SIGNAL", ACCURACY_COLUMN),
    cells=_cells,
    made_of=lambda _: {},
    findings=_findings,
    remarks=lambda record: signal_lines(record.signal),
    plan=_plan,
    new_epochs=new_epochs_of_search,
    tell_end=_tell_end,
)
