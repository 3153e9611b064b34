"""`pdarts demo`: a whole search on real images, through HTTP alone."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cli.client import Client, Epoch, Search
from cli.errors import CliError, Interrupted, ServiceError, ServiceUnreachable
from cli.home import explained
from cli.own_service import some_service
from cli.progress_display import Display, display_on
from cli.stop_signals import StopSignals, caught
from cli.terminal import output, say
from pdarts_core.drawing import draw_text
from pdarts_core.genotype import CELL_KINDS, from_dict
from store.settings import Settings
from store.states import Status

SPEC: Mapping[str, Any] = MappingProxyType({"dataset": "digits", "preset": "quick", "name": "demo"})
_POLL_SECONDS = 0.5
_CANCEL_SECONDS = 60.0
_PATIENCE_SECONDS = 30.0


def demo(settings: Settings, folder: Path, spec: Mapping[str, Any] = SPEC) -> None:
    """Search on the digits, save the genotype and its drawings in the folder, and show them.

    Raises:
        CliError: the search failed, or there is no service.
    """
    with caught() as stop_signals, some_service(settings, stop_signals) as client:
        search = client.create_search(spec)
        say(f"Search {search.id}: {spec['preset']} on {spec['dataset']}.")
        with display_on(output) as display:
            search = _Follower(client, display, stop_signals).follow(search)
        if search.status is not Status.SUCCEEDED:
            raise _failure(search)
        with explained(f"cannot write to {folder}"):
            _save_and_show(client, search, folder)


class _Follower:
    """Watches one search until it has ended; Ctrl-C cancels it."""

    def __init__(self, client: Client, display: Display, stop_signals: StopSignals) -> None:
        self._client = client
        self._display = display
        self._stop_signals = stop_signals
        self._epochs_shown = 0
        self._answered_at = time.monotonic()

    def follow(self, search: Search) -> Search:
        while not search.has_ended:
            if self._stop_signals.wait(_POLL_SECONDS):
                self._cancel(search)
                raise Interrupted
            search = self._look(search)
        return search

    def _look(self, search: Search) -> Search:
        try:
            search = self._client.get_search(search.id)
            self._display.show(search, self._new_epochs(search))
        except ServiceUnreachable:
            # The API may be starting again.
            if time.monotonic() - self._answered_at > _PATIENCE_SECONDS:
                raise
        else:
            self._answered_at = time.monotonic()
        return search

    def _new_epochs(self, search: Search) -> list[Epoch]:
        epochs = list(self._client.epochs(search.id))[self._epochs_shown :]
        self._epochs_shown += len(epochs)
        return epochs

    def _cancel(self, search: Search) -> None:
        say("", f"Cancelling {search.id}.")
        self._client.cancel_search(search.id)
        deadline = time.monotonic() + _CANCEL_SECONDS
        while not self._client.get_search(search.id).has_ended:
            if self._stop_signals.asked_again() or time.monotonic() > deadline:
                return
            time.sleep(_POLL_SECONDS)


def _failure(search: Search) -> CliError:
    if search.error is None:
        return CliError(f"{search.id} is {search.status}")
    return ServiceError(search.error.code, search.error.message)


def _save_and_show(client: Client, search: Search, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    document = client.genotype(search.id)
    genotype = from_dict(document["genotype"])
    saved = {folder / "genotype.json": json.dumps(document, indent=2) + "\n"}
    for cell in CELL_KINDS:
        saved[folder / f"{cell}.svg"] = client.drawing(search.id, cell)
    for path, text in saved.items():
        path.write_text(text)
    say("", draw_text(genotype), "", document["python"], "", "Saved:")
    say(*(f"  {path}" for path in saved))
