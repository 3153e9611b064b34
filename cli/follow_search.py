"""Shows a search on a terminal until it has ended."""

from collections.abc import Callable

from cli.client import Epoch, Search, Status
from cli.errors import SearchNotSucceeded
from cli.progress_display import Display

_LOOK_SECONDS = 2.0


def show_until_ended(
    search: Search, display: Display, *, is_to_stop: Callable[[], bool] = lambda: False
) -> bool:
    """Show a search's progress; return whether it has ended, or was left before its end."""
    epochs = _NewEpochs(search)
    while True:
        display.show(search.record, epochs.take())
        if search.has_ended or is_to_stop():
            return search.has_ended
        search.refresh(wait_seconds=_LOOK_SECONDS)


def check_success(search: Search) -> None:
    """Raise an error unless the search succeeded.

    Raises:
        SearchNotSucceeded: it has another.
    """
    if search.status is Status.SUCCEEDED:
        return
    if search.error is None:
        raise SearchNotSucceeded(search.status, f"{search.id} has no result")
    raise SearchNotSucceeded(search.error.code, search.error.message)


class _NewEpochs:
    """The epochs of a search that have ended since the last call."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._newest = (1, 0)

    def take(self) -> list[Epoch]:
        stage, _ = self._newest
        found: list[Epoch] = []
        for number in range(stage, (self._search.progress.stage or 0) + 1):
            found += self._search.epochs(stage=number)
        new = [epoch for epoch in found if (epoch.stage, epoch.epoch) > self._newest]
        if new:
            self._newest = new[-1].stage, new[-1].epoch
        return new
