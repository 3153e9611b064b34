"""A job asks for more memory than there is."""

from store.states import ErrorCode, JobState
from tests.faults.conftest import EITHER_KIND, Fleets, Subject
from tests.support import limits
from tests.support.jobs import job_of, wait_for_state
from tests.support.outcomes import PATIENCE_SECONDS

TOO_LARGE = {"max_images": 20, "image_size": 512, "init_channels": 64}
GIBIBYTE = 2**30


@EITHER_KIND
def test_it_ends_with_that_reason_and_its_worker_goes_on(
    make_fleet: Fleets, subject: Subject
) -> None:
    """Parts of its batches are tried first: their number is told, and none of them fits."""
    with make_fleet(0) as fleet:
        (worker,) = fleet.start_workers(first=(limits.MODULE,), **limits.more_memory(GIBIBYTE))
        job_id = subject.queue(fleet.database, **TOO_LARGE)
        wait_for_state(fleet.database, job_id, JobState.FAILED, seconds=PATIENCE_SECONDS)
        job = job_of(fleet.database, job_id)
        assert (job.error_code, job.attempt) == (ErrorCode.OUT_OF_MEMORY, 1), job.error_message
        subject.assert_ended_well(fleet.database, subject.queue(fleet.database))
        assert worker.process is not None
        assert worker.process.poll() is None
