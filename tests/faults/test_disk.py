"""There is no room for a checkpoint, or for the network that an evaluation ends with."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from store.states import EventLevel
from tests.faults.conftest import EITHER_KIND, Fleets, Subject
from tests.support import failpoints, limits
from tests.support.databases import postgres_database
from tests.support.failpoints import Failpoint
from tests.support.fleet import Fleet, fleet
from tests.support.jobs import SearchRecord, events_of, job_of
from tests.support.one_attempt import attempt_environment, start_attempt
from tests.support.outcomes import (
    EPOCHS,
    STAGES,
    STEPPED,
    TARGETS,
    Record,
    Target,
    assert_ended_well,
    count_events,
)
from tests.support.servers import PostgresServer

CHECKPOINTS = len(EPOCHS) + len(STAGES)
A_PAGE = 4096
"""Bytes; a checkpoint has more."""


@EITHER_KIND
def test_full_once_costs_one_checkpoint(
    make_fleet: Fleets, subject: Subject, tmp_path: Path
) -> None:
    full = Failpoint("fsync", "before", 3, act="disk full", where="forked process")
    with make_fleet(0) as fleet:
        fleet.start_workers(first=(failpoints.MODULE,), **full.environment)
        job_id = subject.queue(fleet.database)
        subject.assert_ended_well(fleet.database, job_id)
        told = [e for e in events_of(fleet.database, job_id) if e.type == "checkpoint_failed"]
        assert [event.level for event in told] == [EventLevel.WARNING]
        assert "No space left on device" in told[0].message
        assert job_of(fleet.database, job_id).attempt == 1
        left = [path.name for path in tmp_path.glob(f"artifacts/{job_id}/checkpoints/*")]
        assert len(left) == 2
        assert not [name for name in left if name.startswith(".tmp")]


@pytest.mark.slow
def test_full_once_when_a_network_is_stored_costs_a_moment(
    database: Database,
    tmp_path: Path,
    undisturbed: Callable[[Target, Mapping[str, Any]], Record],
) -> None:
    target = TARGETS["evaluation"]
    syncs_of_checkpoints = 2 * (len(target.epochs) + 1)
    full = Failpoint("fsync", "before", syncs_of_checkpoints + 1, act="disk full")
    evaluation_id = target.queue(database, **target.short)
    environment = attempt_environment(tmp_path, database) | full.environment
    assert start_attempt(environment, tmp_path, first=(failpoints.MODULE,)).wait() == 0
    expected = undisturbed(target, target.short)
    assert_ended_well(database, evaluation_id, expected, home=tmp_path)
    assert job_of(database, evaluation_id).attempt == 1


@pytest.fixture
def on_postgres(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Fleet]:
    """Yield a fleet whose database is on another disk."""
    with postgres_database(postgres_server) as url, fleet(tmp_path, url, workers=0) as running:
        running.start_workers(first=(limits.MODULE,), **limits.largest_file(A_PAGE))
        yield running


class TestAlwaysFull:
    """The kernel refuses every file that is as large as a checkpoint."""

    def test_search_goes_on_without_checkpoints(
        self, on_postgres: Fleet, stepped: SearchRecord
    ) -> None:
        search_id = on_postgres.queue_search(**STEPPED)
        assert_ended_well(on_postgres.database, search_id, stepped)
        assert count_events(on_postgres.database, search_id)["checkpoint_failed"] == CHECKPOINTS

    @pytest.mark.slow  # without a checkpoint, any begins anew
    def test_one_that_was_given_back_begins_anew(
        self, on_postgres: Fleet, stepped: SearchRecord
    ) -> None:
        search_id, worker = on_postgres.run_search(**STEPPED)
        assert worker.stop() == 0
        on_postgres.start_workers()
        assert_ended_well(on_postgres.database, search_id, stepped, redone=len(EPOCHS))
