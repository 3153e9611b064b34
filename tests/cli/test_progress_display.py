"""What is shown of a search that runs."""

import io
import re
from datetime import UTC, datetime, timedelta

from rich.console import Console

from cli.client import Epoch, Progress, SearchRecord
from cli.progress_display import describe_place, display_on, time_left
from store.states import Status


def search(status: Status = Status.RUNNING, *, eta: datetime | None = None) -> SearchRecord:
    at = Progress(fraction=0.4, stage=2, stages=3, epoch=3, epochs=5, phase="architecture", eta=eta)
    return SearchRecord.model_construct(id="srch_1", status=status, progress=at, error=None)


def epoch(*, valid_accuracy: float | None = None) -> Epoch:
    return Epoch.model_construct(
        stage=2, epoch=2, phase="weights", train_accuracy=0.781, valid_accuracy=valid_accuracy
    )


def shown(*, is_terminal: bool) -> str:
    text = io.StringIO()
    with display_on(Console(file=text, force_terminal=is_terminal, width=120)) as display:
        display.show(search(), [])
        display.show(search(), [epoch(), epoch(valid_accuracy=0.75)])
    return text.getvalue()


def test_away_from_a_terminal_each_epoch_is_a_line() -> None:
    status, first, second = shown(is_terminal=False).splitlines()
    assert status == "running"
    assert re.fullmatch(r"stage 2/3  epoch +2  weights +accuracy +78\.1% +40% done", first)
    assert "accuracy  78.1%, held out  75.0%" in second


def test_a_terminal_has_a_bar_with_stage_epoch_and_accuracy() -> None:
    text = shown(is_terminal=True)
    assert "stage 2/3 · epoch 3/5 · architecture" in text
    assert "40%" in text
    assert "held out  75.0%" in text


def test_before_the_first_epoch_the_status_stands_for_the_place() -> None:
    at = Progress(fraction=0, stage=None, stages=3, epoch=None, epochs=None, phase=None, eta=None)
    queued = SearchRecord.model_construct(
        id="srch_1", status=Status.QUEUED, progress=at, error=None
    )
    assert describe_place(queued) == "queued"


def test_the_time_left_is_in_minutes_and_seconds() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=100.4)
    assert time_left(search(eta=soon)) == ", about 1:40 left"
    assert time_left(search(eta=None)) == ""
    assert time_left(search(eta=datetime.now(UTC) - timedelta(seconds=5))) == ", about 0:00 left"
