"""How often and how long workers ran a job."""

from datetime import UTC, datetime, timedelta

import pytest

from store.runs import Runs, count_runs
from store.states import EventLevel
from store.tables import Event

BEGIN = datetime(2030, 1, 1, tzinfo=UTC)


def told(history: str) -> Runs:
    """Count the runs in a history of types, each with the second at which it came."""
    events = (entry.split(":") for entry in history.split())
    return count_runs(
        Event(
            type=kind,
            seq=seq,
            level=EventLevel.INFO,
            message="",
            data={},
            time=BEGIN + timedelta(seconds=int(at)),
        )
        for seq, (kind, at) in enumerate(events)
    )


@pytest.mark.parametrize(
    ("history", "attempts", "seconds"),
    [
        ("attempt_started:0 succeeded:10", 1, 10),
        ("attempt_started:0 paused:10 attempt_started:100 succeeded:105", 1, 15),
        ("attempt_started:0 released:10 attempt_started:100 succeeded:105", 1, 15),
        ("attempt_started:0 attempt_lost:10 attempt_started:100 succeeded:105", 2, 15),
        ("attempt_started:0 failed:10 attempt_started:100 failed:105", 2, 15),
        ("attempt_started:0 paused:10 cancelled:100", 1, 10),
        ("paused:0 attempt_started:50 paused:60 paused:70", 1, 10),
        ("attempt_started:0 paused:10 attempt_started:100", 1, None),
        ("paused:0 cancelled:5", 0, None),
    ],
)
def test_runs_are_counted_and_what_lies_between_them_is_not(
    history: str, attempts: int, seconds: float | None
) -> None:
    assert told(history) == Runs(attempts=attempts, seconds=seconds)
