"""What is shown of a search that runs."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from cli.client import Epoch, Progress, SearchRecord, Spec
from cli.progress_display import describe_place, display_on, duration, time_left
from store.states import Status
from tests.support.jobs import make_spec

HALF_WAY = Progress(fraction=0.4, stage=2, stages=3, epoch=3, epochs=5, phase="architecture")


def search(status: Status = Status.RUNNING, progress: Progress = HALF_WAY) -> SearchRecord:
    return SearchRecord(
        id="srch_1",
        status=status,
        spec=Spec.model_validate(make_spec()),
        progress=progress,
        attempt=1,
        created_at=datetime.now(UTC),
        urls={},
    )


def search_until(eta: datetime | None) -> SearchRecord:
    return search(progress=HALF_WAY.model_copy(update={"eta": eta}))


def epoch(*, valid_accuracy: float | None = None) -> Epoch:
    return Epoch(
        stage=2,
        epoch=2,
        phase="weights",
        learning_rate=0.025,
        dropout_rate=0.0,
        train_loss=0.7,
        train_accuracy=0.781,
        train_top5=0.99,
        valid_accuracy=valid_accuracy,
        seconds=1.0,
        images_per_second=40.0,
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
    assert re.fullmatch(r"stage 2/3  epoch +2  weights +training accuracy +78\.1% +40% done", first)
    assert "training accuracy  78.1%, second half  75.0%" in second


def test_a_terminal_has_a_bar_with_stage_epoch_and_accuracy() -> None:
    text = shown(is_terminal=True)
    assert "stage 2/3 · epoch 3/5 · architecture" in text
    assert "40%" in text
    assert "second half  75.0%" in text


def test_on_eighty_columns_everything_stands_on_one_line() -> None:
    text = io.StringIO()
    at = Progress(fraction=1.0, stage=3, stages=3, epoch=25, epochs=25, phase="architecture")
    ends = at.model_copy(update={"eta": datetime.now(UTC) + timedelta(minutes=180, seconds=20)})
    # Without control sequences, only what stays on the screen at the end is written.
    console = Console(file=text, force_terminal=True, width=80, no_color=True)
    with display_on(console) as display:
        display.show(search(progress=ends), [epoch(valid_accuracy=0.75)])
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text.getvalue()).split("\n")
    assert all(len(line.split("\r")[-1]) <= 80 for line in lines)
    whole = r"stage 3/3 · epoch 25/25 +\S+ 100% train 78\.1%, second half 75\.0% 3:00:\d\d left"
    assert re.fullmatch(whole, lines[-2].split("\r")[-1].strip()), lines


def test_before_the_first_epoch_the_status_stands_for_the_place() -> None:
    at = Progress(fraction=0, stage=None, stages=3, epoch=None, epochs=None, phase=None, eta=None)
    assert describe_place(search(Status.QUEUED, at)) == "queued"


def test_the_time_left_is_in_minutes_and_seconds() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=100.4)
    assert time_left(search_until(soon)) == ", about 1:40 left"
    assert time_left(search_until(None)) == ""
    assert time_left(search_until(datetime.now(UTC) - timedelta(seconds=5))) == ", about 0:00 left"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0:00"),
        (65.4, "1:05"),
        (600, "10:00"),
        (3725, "1:02:05"),
        (97_325, "1 day, 3:02:05"),
    ],
)
def test_a_duration_has_hours_and_days_where_there_are_any(seconds: float, told: str) -> None:
    assert duration(seconds) == told
