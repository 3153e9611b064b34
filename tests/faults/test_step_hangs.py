"""Something never ends, though the process lives and its lease is renewed."""

from pathlib import Path

from store.database import Database
from store.lifecycle import request_pause
from tests.faults.conftest import EITHER_KIND, Fleets, Subject
from tests.support import failpoints
from tests.support.failpoints import Failpoint
from tests.support.jobs import (
    event_types,
    queue_search,
    single_stage,
    wait_for_event,
)
from tests.support.one_attempt import attempt_environment, start_attempt
from tests.support.outcomes import count_events


@EITHER_KIND
def test_its_process_is_ended_and_another_goes_on(
    make_fleet: Fleets, subject: Subject, tmp_path: Path
) -> None:
    hang = Failpoint(
        "fsync", "before", 5, act="hang", where="forked process", once=tmp_path / "hung"
    )
    with make_fleet(0) as fleet:
        (worker,) = fleet.start_workers(
            first=(failpoints.MODULE,), PDARTS_STEP_TIMEOUT_SECONDS="4", **hang.environment
        )
        search_id = subject.queue(fleet.database)
        subject.assert_ended_well(fleet.database, search_id)
        assert count_events(fleet.database, search_id)["attempt_lost"] == 1
        # Every thread's traceback is in the log: it tells where it hung.
        assert "Timeout (0:00:04)!" in worker.log
        assert "failpoints.py" in worker.log


def test_process_that_writes_a_last_checkpoint_without_end_is_ended(
    database: Database, tmp_path: Path
) -> None:
    hang = Failpoint("fsync", "before", 1, act="hang")
    environment = attempt_environment(tmp_path, database) | hang.environment
    search_id = queue_search(database, stages=single_stage(epochs=1), max_images=None, batch_size=2)
    attempt = start_attempt(
        environment | {"PDARTS_STEP_TIMEOUT_SECONDS": "4"}, tmp_path, first=(failpoints.MODULE,)
    )
    wait_for_event(database, search_id, "stage_started")
    with database.write() as session:
        request_pause(session, search_id)
    assert attempt.wait(60) == 1
    assert "epoch_finished" not in event_types(database, search_id)
