"""How much an owner may have at a time."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.http.errors import QuotaExceeded
from api.resources.security import Caller
from store.locks import lock_owner
from store.states import JobState
from store.tables import Job

_ACTIVE = (JobState.QUEUED, JobState.RUNNING)
_RETRY_SECONDS = 30


def count_active_searches(session: Session, caller: Caller) -> int:
    """Return how many of the caller's searches are queued or running."""
    active = select(func.count()).where(Job.owner == caller.owner, Job.state.in_(_ACTIVE))
    return session.scalar(active) or 0


def check_active_searches(session: Session, caller: Caller, most: int) -> None:
    """Refuse what the session has queued if that is one too many; 0 bounds nothing.

    To be called after the move, in its transaction: of two at once, the later sees the earlier.

    Raises:
        QuotaExceeded: names the figures.
    """
    if not most:
        return
    lock_owner(session, caller.owner)
    active = count_active_searches(session, caller)
    if active > most:
        raise QuotaExceeded(
            f"{active - 1} of at most {most} searches of {caller.owner} are queued or running",
            headers={"Retry-After": str(_RETRY_SECONDS)},
        )
