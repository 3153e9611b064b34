"""Notes every write that a fencing token refused; imported first by the soak's workers.

The product knows nothing of it: the one guarded change of store.lease is wrapped from outside.
"""

import os
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from store import lease as leases
from store.history import NewEvent
from store.lease import Lease, LeaseLost

MODULE = __name__
_VARIABLE = "SOAK_REFUSALS"


def environment(notes: Path) -> dict[str, str]:
    return {_VARIABLE: str(notes)}


def count(notes: Path) -> int:
    return len(notes.read_text().splitlines()) if notes.exists() else 0


def _note_refusals(notes: Path) -> None:
    change = leases._change

    def noting_change(
        session: Session,
        lease: Lease,
        *,
        event: NewEvent | None = None,
        visible: bool = True,
        **values: Any,
    ) -> None:
        try:
            change(session, lease, event=event, visible=visible, **values)
        except LeaseLost:
            with notes.open("a") as file:
                file.write(f"{lease.job_id} {lease.token}\n")
            raise

    leases._change = noting_change


if _VARIABLE in os.environ:
    _note_refusals(Path(os.environ[_VARIABLE]))
