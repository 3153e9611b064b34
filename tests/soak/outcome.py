"""What a soak came to: every job held against the same one undisturbed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from store.database import Database
from store.states import JobState
from store.tables import Event
from tests.soak.work import kind_of
from tests.support.jobs import events_of, job_of
from tests.support.outcomes import Record, digests_in


@dataclass(frozen=True)
class Outcome:
    """Counts; the last three are what must be 0."""

    database: str
    seed: int
    seconds: int
    jobs: int
    faults: int
    takeovers: int
    """Attempts that went on where another had ended."""
    refused_writes: int
    """By a fencing token that another attempt had outgrown."""
    lanes: int
    """Processes that workers started for a check beside a job."""
    lost: int
    finished_twice: int
    different: int
    """In a figure, a finding, a digest of a stored file, or a file that is there besides."""

    @property
    def is_well(self) -> bool:
        """Whether nothing was lost, doubled or different."""
        return (self.lost, self.finished_twice, self.different) == (0, 0, 0)

    def table(self) -> str:
        rows = asdict(self)
        width = max(map(len, rows))
        return "\n".join(f"{name.replace('_', ' '):{width}}  {rows[name]}" for name in rows)


@dataclass(frozen=True)
class JobOutcome:
    """What became of one job."""

    takeovers: int
    is_lost: bool
    is_doubled: bool
    is_different: bool


def judge(database: Database, home: Path, job_id: str, undisturbed: Record) -> JobOutcome:
    """Hold a job to having ended once, in order, with the undisturbed result."""
    job = job_of(database, job_id)
    events = events_of(database, job_id)
    types = Counter(event.type for event in events)
    numbers = [event.seq for event in events]
    target = kind_of(job_id)
    is_lost = job.state is not JobState.SUCCEEDED
    is_in_order = numbers == list(range(1, len(numbers) + 1))
    return JobOutcome(
        takeovers=max(0, job.attempt - 1),
        is_lost=is_lost,
        is_doubled=max(types[told] for told in target.once) > 1 or _has_two_writers(events),
        is_different=not is_lost
        and not (
            is_in_order
            and target.record(database, job_id) == undisturbed
            and digests_in(home / "artifacts" / target.folder(job_id))
            == sorted(undisturbed.digests)
        ),
    )


def _has_two_writers(events: Sequence[Event]) -> bool:
    """Tell whether one attempt told of an epoch twice: another, long lost, told of it, too."""
    told: set[tuple[int | None, int]] = set()
    for event in events:
        if event.type == "attempt_started":
            told.clear()
        if event.type == "epoch_finished":
            epoch = (event.data.get("stage"), event.data["epoch"])
            if epoch in told:
                return True
            told.add(epoch)
    return False


def judge_all(database: Database, home: Path, jobs: Mapping[str, Record]) -> list[JobOutcome]:
    return [judge(database, home, job_id, record) for job_id, record in jobs.items()]
