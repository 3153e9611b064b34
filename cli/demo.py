"""`pdarts demo`: a whole search on real images, through HTTP alone."""

import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cli.client import Search
from cli.errors import Interrupted
from cli.findings import signal_lines
from cli.follow_job import check_success, new_epochs_of_search, show_until_ended
from cli.home import explained
from cli.own_service import some_service
from cli.progress_display import display_on, warning_lines
from cli.stop_signals import StopSignals, caught
from cli.terminal import output, say, warn
from pdarts_core.drawing import draw_text
from pdarts_core.space.cells import CELL_KINDS
from store.settings import Settings

SPEC: Mapping[str, Any] = MappingProxyType({"dataset": "digits", "preset": "quick", "name": "demo"})
_CANCEL_SECONDS = 60.0
_LOOK_SECONDS = 1.0


def demo(settings: Settings, folder: Path, spec: Mapping[str, Any] = SPEC) -> None:
    """Search on the digits, save the genotype and its drawings in the folder, and show them.

    Raises:
        CliError: the search failed, or there is no service.
    """
    with caught() as stop_signals, some_service(settings, stop_signals) as client:
        search = client.create_search(spec)
        say(f"Search {search.id}: {spec['preset']} on {spec['dataset']}.")
        warn(warning_lines(search.record.warnings))
        _follow(search, stop_signals)
        check_success(search)
        with explained(f"cannot write to {folder}"):
            _save_and_show(search, folder)


def _follow(search: Search, stop_signals: StopSignals) -> None:
    """Show the search until it has ended; Ctrl-C cancels it.

    Raises:
        Interrupted: Ctrl-C came.
    """
    with display_on(output) as display:
        has_ended = show_until_ended(
            search,
            display,
            new_epochs_of_search(search),
            is_to_stop=lambda: stop_signals.asked,
        )
    if has_ended:
        return
    say("", f"Cancelling {search.id}.")
    search.cancel()
    deadline = time.monotonic() + _CANCEL_SECONDS
    while not search.has_ended:
        if stop_signals.asked_again() or time.monotonic() > deadline:
            break
        search.refresh(wait_seconds=_LOOK_SECONDS)
    raise Interrupted


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
