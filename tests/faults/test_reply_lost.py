"""A commit is done, and its reply is lost: whoever wrote cannot know whether it was."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from store.states import JobState
from tests.faults.conftest import Subject
from tests.support import failpoints
from tests.support.failpoints import Failpoint
from tests.support.jobs import SearchRecord, job_of, queue_search, state_of, take_from_its_worker
from tests.support.one_attempt import attempt_environment, start_attempt
from tests.support.outcomes import EPOCHS, SHORT, STAGES, assert_ended_well

CLAIM = 1
END = 3 + 2 * len(STAGES) + len(EPOCHS)
COMMITS = {"images": 2, "first stage": 3, "first epoch": 4, "first pruning": 6, "end": END}
"""The numbers of an attempt's commits."""
COMMITS_OF_AN_EVALUATION = {"images": 2, "first epoch": 4, "test": 7, "end": 8}


def lose_reply_of(commit: int, database: Database, folder: Path) -> int:
    """Run an attempt to its end; return its exit code."""
    lost = Failpoint("commit", "after", commit, act="reply lost")
    environment = attempt_environment(folder, database) | lost.environment
    return start_attempt(environment, folder, first=(failpoints.MODULE,)).wait()


def commits() -> Iterator[Any]:
    """Yield each kind with a commit of an attempt at it."""
    told = {"search": COMMITS, "evaluation": COMMITS_OF_AN_EVALUATION}
    for kind, numbers in told.items():
        for name, number in numbers.items():
            yield pytest.param(kind, number, id=f"{kind}-{name}")


@pytest.mark.sampled
@pytest.mark.parametrize(("kind", "commit"), list(commits()))
def test_what_was_told_is_not_told_again(
    database: Database, tmp_path: Path, subject: Subject, commit: int
) -> None:
    job_id = subject.queue(database)
    assert lose_reply_of(commit, database, tmp_path) == 0
    subject.assert_ended_well(database, job_id)
    assert job_of(database, job_id).attempt == 1


@pytest.mark.slow
def test_claim_that_its_worker_does_not_know_of_runs_out(
    database: Database, tmp_path: Path, short: SearchRecord
) -> None:
    search_id = queue_search(database, **SHORT)
    assert lose_reply_of(CLAIM, database, tmp_path) == 1
    assert state_of(database, search_id) is JobState.RUNNING
    take_from_its_worker(database, search_id)
    assert start_attempt(attempt_environment(tmp_path, database), tmp_path).wait() == 0
    assert_ended_well(database, search_id, short)
