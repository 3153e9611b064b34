"""An event as clients see it, and as lines of a log."""

import json
from datetime import datetime
from typing import Any

from api.http.bodies import Body, described
from store.plain_text import on_one_line
from store.states import EventLevel
from store.tables import Event


class EventBody(Body):
    """One dated, numbered line in a job's history."""

    seq: int = described("Counted from 1, without gaps")
    type: str = described("For programs", examples=["epoch_finished"])
    level: EventLevel = described("How serious it is")
    message: str = described("For people")
    time: datetime = described("When it happened, by the database's clock")
    data: dict[str, Any] = described("Details that depend on the type")


def event_body(event: Event) -> EventBody:
    """Return what clients are shown of an event."""
    return EventBody(
        seq=event.seq,
        type=event.type,
        level=event.level,
        message=event.message,
        time=event.time,
        data=event.data,
    )


def event_row(event: EventBody) -> dict[str, Any]:
    """Return an event as a row of a table; `data` stays JSON."""
    return vars(event) | {"data": json.dumps(event.data)}


def log_lines(event: Event) -> str:
    """Return an event as lines of a log; a failure's with its traceback."""
    moment = event.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = f"{moment} {event.level.upper():7} {event.type}: {on_one_line(event.message)}\n"
    trace = str(event.data.get("trace") or "").splitlines()
    return head + "".join(f"    {line}\n" for line in trace)
