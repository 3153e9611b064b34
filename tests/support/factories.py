"""Rows as the service would write them, with only what matters to a test spelled out."""

from typing import Any

from sqlalchemy.orm import Session

from store.history import NewEvent
from store.ids import IdKind, new_id
from store.kinds import SEARCH
from store.lifecycle import enqueue
from store.tables import Job, Search


def make_search(session: Session, spec: dict[str, Any] | None = None, **job_columns: Any) -> str:
    """Insert a queued search and return its id."""
    search_id = new_id(IdKind.SEARCH)
    columns: dict[str, Any] = {
        "id": search_id,
        "kind": SEARCH.name,
        "owner": "local",
        "dataset": "digits",
        "device": (spec or {}).get("device", "auto"),
        "device_count": (spec or {}).get("device_count", 1),
        "spec": spec or {},
        "spec_sha256": "0" * 64,
    }
    job = Job(**columns | job_columns)
    enqueue(session, job, NewEvent(type="submitted", message="submitted"))
    session.add(Search(id=search_id))
    session.flush()
    return search_id
