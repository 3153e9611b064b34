"""The only way a job changes: a guarded UPDATE that numbers its event.

The number is taken inside the transaction that holds the job's row. So events appear in the order
of their numbers, and a reader who asks for those after the last one seen misses none.
"""

from typing import Any

from sqlalchemy import ColumnElement, insert, update
from sqlalchemy.orm import Session

from store.database import note_change
from store.events import NewEvent
from store.tables import Event, Job
from store.webhooks import queue_deliveries

__all__ = ["NewEvent", "change_job", "insert_event"]


def change_job(
    session: Session,
    job_id: str,
    *guards: ColumnElement[bool],
    event: NewEvent | None = None,
    visible: bool = True,
    **values: Any,
) -> Job | None:
    """Change the job's row if the guards hold, and return it; None if they do not.

    `visible` says whether clients can see the change: then the job's version grows.
    """
    if visible:
        values["version"] = Job.version + 1
    if event is not None:
        values["event_seq"] = Job.event_seq + 1
    changed = session.scalar(
        update(Job)
        .where(Job.id == job_id, *guards)
        .values(**values)
        .returning(Job)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    if changed is not None and (visible or event is not None):
        note_change(session, job_id)
    if changed is not None and event is not None:
        insert_event(session, job_id, changed.event_seq, event)
        queue_deliveries(session, changed, event)
    return changed


def insert_event(session: Session, job_id: str, seq: int, event: NewEvent) -> None:
    """Write the event with a number that the caller holds."""
    row = {
        "job_id": job_id,
        "seq": seq,
        "type": event.type,
        "level": event.level,
        "message": event.message,
        "data": event.data,
    }
    session.execute(insert(Event), row)
