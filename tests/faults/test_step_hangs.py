"""A step never ends, though the process lives and its lease is renewed."""

from pathlib import Path

from tests.faults.conftest import Fleets
from tests.support import failpoints
from tests.support.failpoints import Failpoint
from tests.support.jobs import SearchRecord
from tests.support.outcomes import STEPPED, assert_ended_well, count_events


def test_its_process_is_ended_and_another_goes_on(
    make_fleet: Fleets, stepped: SearchRecord, tmp_path: Path
) -> None:
    hang = Failpoint(
        "fsync", "before", 5, act="hang", where="forked process", once=tmp_path / "hung"
    )
    with make_fleet(0) as fleet:
        (worker,) = fleet.start_workers(
            first=(failpoints.MODULE,), PDARTS_STEP_TIMEOUT_SECONDS="4", **hang.environment
        )
        search_id = fleet.queue_search(**STEPPED)
        assert_ended_well(fleet.database, search_id, stepped)
        assert count_events(fleet.database, search_id)["attempt_lost"] == 1
        # Every thread's traceback is in the log: it tells where it hung.
        assert "Timeout (0:00:04)!" in worker.log
        assert "failpoints.py" in worker.log
