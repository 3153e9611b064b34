"""How far something has come: on a terminal as a bar, elsewhere as a line now and then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

_LINE_EVERY = 10
"""Per cent."""

Tell = Callable[[float], None]


@contextmanager
def progress(
    console: Console, what: str, total: float, *, is_bytes: bool = False
) -> Iterator[Tell]:
    """Yield what is to be told how much is done.

    Args:
        console: where it is shown.
        what: is done, as one word such as "sending".
        total: how much there is to do.
        is_bytes: whether it is counted in bytes, so that a speed means something.
    """
    if not console.is_terminal:
        yield _lines(console, what, total)
        return
    counted = (DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()) if is_bytes else ()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), *counted)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def _lines(console: Console, what: str, total: float) -> Tell:
    told = 0

    def tell(done: float) -> None:
        nonlocal told
        percent = int(100 * done / total) // _LINE_EVERY * _LINE_EVERY if total else 100
        if percent > told:
            told = percent
            console.print(f"{what}: {percent}%", markup=False)

    return tell
