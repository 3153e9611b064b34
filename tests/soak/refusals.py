"""Notes every write that a fencing token refused; imported first by the soak's workers.

The product knows nothing of it: the one guarded change of store.lease is wrapped from outside.
"""

import os
from pathlib import Path
from typing import Any

from store import lease

MODULE = __name__
_VARIABLE = "SOAK_REFUSALS"


def environment(notes: Path) -> dict[str, str]:
    return {_VARIABLE: str(notes)}


def count(notes: Path) -> int:
    return len(notes.read_text().splitlines()) if notes.exists() else 0


def _note_refusals(notes: Path) -> None:
    change = lease._change

    def noting_change(session: Any, held: lease.Lease, **words: Any) -> None:
        try:
            change(session, held, **words)
        except lease.LeaseLost:
            with notes.open("a") as file:
                file.write(f"{held.job_id} {held.token}\n")
            raise

    lease._change = noting_change


if _VARIABLE in os.environ:
    _note_refusals(Path(os.environ[_VARIABLE]))
