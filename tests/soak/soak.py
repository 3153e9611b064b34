"""Queues searches, hits those that run, waits for their ends and judges them."""

import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select, update

from pdarts_core.config import SearchConfig, StageConfig
from store.database import Database
from store.states import JobState
from store.tables import Job
from tests.soak import refusals
from tests.soak.crew import WORKERS, Crew
from tests.soak.faults import OF_POSTGRES, OF_SQLITE, WEIGHTS
from tests.soak.outcome import Outcome, judge_all
from tests.support.jobs import SearchRecord, queue_search, record_of
from tests.support.one_attempt import start_attempt
from tests.support.processes import quick_environment

_STAGES = tuple(
    StageConfig(layers=3, num_to_keep=keep, dropout_rate=dropout, epochs=2, warmup_epochs=1)
    for keep, dropout in ((5, 0.0), (3, 0.3), (1, 0.5))
)
_SPEC = {"stages": SearchConfig(stages=_STAGES).to_dict()["stages"], "max_images": 40}
_SEEDS = (2, 3, 4)
_WAITING = 2 * WORKERS
"""Searches that are kept under way: as many wait as run."""
_PAUSE_SECONDS = (0.1, 0.9)
"""Between two faults."""
_LOOK_SECONDS = 0.1
_GRACE_SECONDS = 300.0
"""For the last searches to end, once no fault comes any more."""


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    seconds: float
    """After which no more faults come and no more searches are queued."""
    jobs: int
    faults: int
    seed: int


@dataclass
class Soak:
    """One run on one database."""

    plan: Plan
    crew: Crew
    undisturbed: dict[int, SearchRecord]
    """By the seed of the search."""
    searches: dict[str, SearchRecord] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)

    def run(self) -> Outcome:
        """Disturb until there were enough searches and faults, or the time is up."""
        began = time.monotonic()
        dice = random.Random(self.plan.seed)
        pause_ends = began
        while time.monotonic() - began < self.plan.seconds and not self._is_enough:
            self.crew.keep_up()
            self._queue(dice)
            if time.monotonic() >= pause_ends and self._may_hit and self._hit(dice):
                pause_ends = time.monotonic() + dice.uniform(*_PAUSE_SECONDS)
                self._tell()
            time.sleep(_LOOK_SECONDS)
        self._wait_for_ends()
        return self._outcome(round(time.monotonic() - began))

    @property
    def _is_enough(self) -> bool:
        return len(self.searches) >= self.plan.jobs and self.faults.total() >= self.plan.faults

    @property
    def _may_hit(self) -> bool:
        # Spread over all searches: none is left alone because others had more than their share.
        share = self.plan.faults / self.plan.jobs
        return self.faults.total() < share * (len(self.searches) - _WAITING + 1)

    def _queue(self, dice: random.Random) -> None:
        missing = _WAITING - self._unfinished()
        for _ in range(missing):
            seed = dice.choice(_SEEDS)
            search_id = queue_search(self.crew.database, **_SPEC, seed=seed)
            self.searches[search_id] = self.undisturbed[seed]
            self._never_give_up(search_id)

    def _never_give_up(self, search_id: str) -> None:
        with self.crew.database.write() as session:
            attempts = update(Job).where(Job.id == search_id).values(max_attempts=1000)
            session.execute(attempts)

    def _hit(self, dice: random.Random) -> bool:
        found = self.crew.running()
        if not found:
            return False
        weights = WEIGHTS | (OF_POSTGRES if self.crew.postgres else OF_SQLITE)
        (fault,) = dice.choices(list(weights), list(weights.values()))
        fault(self.crew, dice.choice(found), dice)
        self.faults[fault.__name__] += 1
        return True

    def _unfinished(self) -> int:
        ended = [state for state in JobState if state.is_final]
        with self.crew.database.read() as session:
            open_ones = select(func.count()).select_from(Job).where(Job.state.not_in(ended))
            return session.scalar(open_ones) or 0

    def _wait_for_ends(self) -> None:
        deadline = time.monotonic() + _GRACE_SECONDS
        while time.monotonic() < deadline and self._unfinished():
            self.crew.keep_up()
            time.sleep(_LOOK_SECONDS)

    def _outcome(self, seconds: int) -> Outcome:
        judged = judge_all(self.crew.database, self.searches)
        return Outcome(
            database="postgresql" if self.crew.postgres else "sqlite",
            seed=self.plan.seed,
            seconds=seconds,
            jobs=len(judged),
            faults=self.faults.total(),
            takeovers=sum(job.takeovers for job in judged),
            refused_writes=refusals.count(self.crew.notes),
            lost=sum(job.is_lost for job in judged),
            finished_twice=sum(job.is_doubled for job in judged),
            different=sum(job.is_different for job in judged),
        )

    def _tell(self) -> None:
        sys.stderr.write(f"\r{self.faults.total()} faults, {len(self.searches)} searches ")
        sys.stderr.flush()


def run_undisturbed(folder: Path, database_url: str) -> dict[int, SearchRecord]:
    """Run each kind of search from its start to its end in one process."""
    database = Database(database_url)
    environment = quick_environment(folder, database_url, "redis://127.0.0.1:1/0")
    environment["PDARTS_LEASE_SECONDS"] = "90"
    records = {}
    for seed in _SEEDS:
        search_id = queue_search(database, **_SPEC, seed=seed)
        assert start_attempt(environment, folder).wait(180) == 0
        records[seed] = record_of(database, search_id)
    database.close()
    return records
