"""How many active jobs an owner may have."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.http.errors import QuotaExceeded
from api.resources.security import Caller
from store.kinds import Kind
from store.locks import lock_owner
from store.states import JobState
from store.tables import Job

_ACTIVE = (JobState.QUEUED, JobState.RUNNING)
_RETRY_SECONDS = 30


def count_active_jobs(session: Session, caller: Caller) -> int:
    """Return how many of the caller's jobs, of any kind, are queued or running."""
    return sum(_count_by_kind(session, caller).values())


def check_active_jobs(session: Session, caller: Caller, kind: Kind, most: int) -> None:
    """Refuse what the session has queued if that is one too many; 0 means no limit.

    To be called after the move, in its transaction: of two at once, the later sees the earlier.

    Raises:
        QuotaExceeded: names the figures.
    """
    if not most:
        return
    lock_owner(session, caller.owner)
    by_kind = _count_by_kind(session, caller)
    active = sum(by_kind.values())
    if active > most:
        what = kind.plural if by_kind.keys() == {kind.name} else "jobs"
        raise QuotaExceeded(
            f"{active - 1} of at most {most} {what} of {caller.owner} are queued or running; "
            "cancel one, or wait until one has ended",
            headers={"Retry-After": str(_RETRY_SECONDS)},
        )


def _count_by_kind(session: Session, caller: Caller) -> dict[str, int]:
    active = (Job.owner == caller.owner) & Job.state.in_(_ACTIVE)
    counts = select(Job.kind, func.count()).where(active).group_by(Job.kind)
    return dict(session.execute(counts).all())
