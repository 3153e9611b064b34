"""`pdarts demo`: from images to a tested network, through HTTP alone."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cli.client import Search
from cli.client.job import BlockingJob
from cli.errors import Interrupted
from cli.evaluations import result_sentence
from cli.findings import signal_lines
from cli.follow_job import (
    check_success,
    new_epochs_of_evaluation,
    new_epochs_of_search,
    show_until_ended,
)
from cli.home import explained
from cli.own_service import some_service
from cli.progress_display import (
    EVALUATION_WORDS,
    SEARCH_WORDS,
    Words,
    display_on,
    warning_lines,
)
from cli.stop_signals import StopSignals, caught
from cli.terminal import output, say, warn
from pdarts_core.drawing import draw_text
from pdarts_core.space.cells import CELL_KINDS
from store.settings import Settings

SPEC: Mapping[str, Any] = MappingProxyType(
    {"dataset": "digits", "preset": "quick", "name": "demo", "flip": False}
)
"""Of the search, and of the evaluation too. A mirrored digit is no digit."""
ABOUT_SEEDS = (
    "Do not rely on this genotype: on these digits, searches with other seeds choose other cells."
)
"""What `python -m benchmarks.seeds` measured (benchmarks/RESULTS.md)."""
ABOUT_PLANTED = (
    "To see what a clear signal looks like, start the service (pdarts up) and run"
    " pdarts search create --dataset planted --preset planted --watch"
)
_CANCEL_SECONDS = 60.0
_LOOK_SECONDS = 1.0


def demo(
    settings: Settings,
    folder: Path,
    spec: Mapping[str, Any] = SPEC,
    recipe: Mapping[str, Any] = SPEC,
) -> None:
    """Search on the digits, train what was found, test it, and save all of it in the folder.

    Raises:
        CliError: the search or the evaluation failed, or there is no service.
    """
    with caught() as stop_signals, some_service(settings, stop_signals) as client:
        search = client.create_search(spec)
        say(f"Search {search.id}: {spec['preset']} on {spec['dataset']}.")
        warn(warning_lines(search.record.warnings))
        _follow(search, SEARCH_WORDS, new_epochs_of_search(search), stop_signals)
        with explained(f"cannot write to {folder}"):
            _save_and_show(search, folder)
        say("", ABOUT_SEEDS)
        evaluation = client.create_evaluation({**recipe, "search": search.id})
        say("", f"Evaluation {evaluation.id}: the genotype's network, trained from scratch.")
        _follow(evaluation, EVALUATION_WORDS, new_epochs_of_evaluation(evaluation), stop_signals)
        with explained(f"cannot write to {folder}"):
            (folder / "model.zip").write_bytes(client.get_model(evaluation.id, format="zip"))
        say("", f"Saved: {folder / 'model.zip'}, the network with its model card.")
        found = evaluation.record.result
        if found is not None:
            say("", f"{result_sentence(found)}.", *signal_lines(search.record.signal)[:1])
        say("", ABOUT_PLANTED)


def _follow(
    job: BlockingJob[Any],
    words: Words,
    new_epochs: Callable[[], Sequence[Any]],
    stop_signals: StopSignals,
) -> None:
    """Show a job until it has succeeded; Ctrl-C cancels it.

    Raises:
        Interrupted: Ctrl-C came.
        CliError: it has another end.
    """
    with display_on(output, words) as display:
        has_ended = show_until_ended(
            job, display, new_epochs, is_to_stop=lambda: stop_signals.asked
        )
    if not has_ended:
        _cancel(job, stop_signals)
        raise Interrupted
    check_success(job)


def _cancel(job: BlockingJob[Any], stop_signals: StopSignals) -> None:
    say("", f"Cancelling {job.id}.")
    job.cancel()
    deadline = time.monotonic() + _CANCEL_SECONDS
    while not job.has_ended:
        if stop_signals.asked_again() or time.monotonic() > deadline:
            return
        job.refresh(wait_seconds=_LOOK_SECONDS)


def _save_and_show(search: Search, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    found = search.genotype()
    saved = {folder / "genotype.json": found.model_dump_json(indent=2) + "\n"}
    for cell in CELL_KINDS:
        saved[folder / f"{cell}.svg"] = search.draw(cell=cell)
    for path, text in saved.items():
        path.write_text(text)
    say("", draw_text(found.to_genotype()), "", found.python, "", "Saved:")
    say(*(f"  {path}" for path in saved))
    say("", *signal_lines(search.record.signal))
