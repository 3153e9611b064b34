"""Queues jobs, hits those that run, waits for their ends and judges them."""

import random
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select

from store.states import JobState
from store.tables import Job
from tests.soak import refusals
from tests.soak.crew import WORKERS, Crew
from tests.soak.faults import OF_LANES, OF_POSTGRES, OF_SQLITE, WEIGHTS
from tests.soak.outcome import Outcome, judge_all
from tests.soak.work import RECIPES, Recipe
from tests.support.outcomes import Record

_WAITING = 2 * WORKERS
"""Jobs that are kept under way: as many wait as run."""
_PAUSE_SECONDS = (0.1, 0.9)
"""Between two faults."""
_LOOK_SECONDS = 0.1
_NEVER_TOO_MANY = 1000
"""Attempts at a job."""
_GRACE_SECONDS = 300.0
"""For the last jobs to end, once no fault comes any more."""


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    seconds: float
    """After which no more faults come and no more jobs are queued."""
    jobs: int
    faults: int
    seed: int


@dataclass
class Soak:
    """One run on one database."""

    plan: Plan
    crew: Crew
    undisturbed: Mapping[Recipe, Record]
    jobs: dict[str, Record] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)

    def run(self) -> Outcome:
        """Disturb until there were enough jobs and faults, or the time is up."""
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
        return len(self.jobs) >= self.plan.jobs and self.faults.total() >= self.plan.faults

    @property
    def _may_hit(self) -> bool:
        # Spread over all jobs: none is left alone because others had more than their share.
        share = self.plan.faults / self.plan.jobs
        return self.faults.total() < share * (len(self.jobs) - _WAITING + 1)

    def _queue(self, dice: random.Random) -> None:
        missing = _WAITING - self._unfinished()
        for _ in range(missing):
            recipe = dice.choice(RECIPES)
            job_id = recipe.queue(self.crew.database, max_attempts=_NEVER_TOO_MANY)
            self.jobs[job_id] = self.undisturbed[recipe]

    def _hit(self, dice: random.Random) -> bool:
        weights = WEIGHTS | OF_LANES | (OF_POSTGRES if self.crew.postgres else OF_SQLITE)
        (fault,) = dice.choices(list(weights), list(weights.values()))
        found = self.crew.running()
        if fault in OF_LANES:
            found = [running for running in found if running.worker.lane()]
        if not found:
            return False
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
        judged = judge_all(self.crew.database, self.crew.folder, self.jobs)
        return Outcome(
            database="postgresql" if self.crew.postgres else "sqlite",
            seed=self.plan.seed,
            seconds=seconds,
            jobs=len(judged),
            faults=self.faults.total(),
            takeovers=sum(job.takeovers for job in judged),
            refused_writes=refusals.count(self.crew.notes),
            lanes=self.crew.lanes(),
            lost=sum(job.is_lost for job in judged),
            finished_twice=sum(job.is_doubled for job in judged),
            different=sum(job.is_different for job in judged),
        )

    def _tell(self) -> None:
        sys.stderr.write(f"\r{self.faults.total()} faults, {len(self.jobs)} jobs ")
        sys.stderr.flush()
