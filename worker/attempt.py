"""One attempt at a search, from its claim to whatever end it finds.

No session is open while images are loaded or the network trains.
"""

import logging
from collections.abc import Callable
from functools import partial
from traceback import format_exception

from sqlalchemy.orm import Session

from pdarts_core.config import SearchConfig
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.stages.checkpoint import Checkpoint
from pdarts_core.stages.events import BatchValidated, StepFinished
from store.artifacts import ArtifactStore, ArtifactsUnreachable
from store.database import Database
from store.job_spec import JobSpec
from store.lease import LeaseLost, Progress, beat, cancel, fail, pause, read_wishes, release
from store.logs import set_process_fields
from store.settings import Settings
from worker.checkpoints import CheckpointKeeper, device_of
from worker.claims import ClaimedSearch
from worker.datasets import DatasetProgress, load_dataset
from worker.devices import choose_device
from worker.failures import failure_of
from worker.heartbeat import Heartbeat
from worker.progress import ProgressTracker
from worker.reporting import Reporter
from worker.resume import resume_search
from worker.rows import dataset_loading, dataset_ready
from worker.watchdog import Watchdog
from worker.writing import AttemptWriter

logger = logging.getLogger(__name__)


class _Stopped(Exception):
    """The attempt ends where it may, as its search's owner or its worker wants it to."""

    def __init__(self, checkpoint: Checkpoint | None) -> None:
        super().__init__()
        self.checkpoint = checkpoint
        """Where the search can go on; None before its first step, and for one that will not."""


class Attempt:
    """An attempt that has claimed its search.

    Args:
        claimed: what it runs.
        database: where it tells of it.
        artifacts: where its checkpoints go.
        settings: how its lease is kept, and where images are.
        must_leave: tells that its process is to end.
    """

    def __init__(
        self,
        claimed: ClaimedSearch,
        *,
        database: Database,
        artifacts: ArtifactStore,
        settings: Settings,
        must_leave: Callable[[], bool],
    ) -> None:
        self._claimed = claimed
        self._lease = claimed.lease
        self._artifacts = artifacts
        self._settings = settings
        self._must_leave = must_leave
        self._tracker: ProgressTracker | None = None
        self._heartbeat = Heartbeat(database, self._lease, settings, self._progress)
        self._writer = AttemptWriter(database, self._lease, lambda: self._heartbeat.is_held)

    def run(self) -> None:
        """Run it to its end, or to where it has to stop."""
        set_process_fields(search_id=self._job)
        logger.info("attempt %d begins", self._lease.attempt)
        with self._heartbeat:
            try:
                self._search_or_fail()
            except LeaseLost:
                logger.warning("attempt %d at %s lost its lease", self._lease.attempt, self._job)
        set_process_fields(search_id=None)

    @property
    def _job(self) -> str:
        return self._lease.job_id

    def _progress(self) -> Progress | None:
        return self._tracker.latest if self._tracker else None

    def _search_or_fail(self) -> None:
        try:
            self._search()
        except LeaseLost:
            raise
        except ArtifactsUnreachable as error:
            self._give_back(f"given back to the queue: checkpoints cannot be read ({error})")
        except Exception as error:
            logger.exception("attempt %d at %s failed", self._lease.attempt, self._job)
            failure = failure_of(error)
            trace = "".join(format_exception(error))
            write_failure = partial(
                fail, lease=self._lease, code=failure.code, message=failure.message, trace=trace
            )
            self._writer.write(write_failure)

    def _give_back(self, reason: str) -> None:
        logger.warning("attempt %d at %s: %s", self._lease.attempt, self._job, reason)
        self._writer.write(partial(self._leave, reason=reason))

    def _search(self) -> None:
        spec = JobSpec.from_document(SearchConfig, self._claimed.spec)
        reporter = self._make_reporter(spec)
        with Watchdog(self._settings.step_timeout_seconds) as watchdog:
            try:
                self._train(spec, reporter, watchdog)
            except _Stopped as stopped:
                watchdog.feed()
                self._stop(stopped, reporter)

    def _make_reporter(self, spec: JobSpec[SearchConfig]) -> Reporter:
        pointer = self._claimed.checkpoint
        self._tracker = ProgressTracker(spec.config, steps=pointer.step if pointer else 0)
        return Reporter(
            lease=self._lease,
            config=spec.config,
            writer=self._writer,
            keeper=CheckpointKeeper(self._artifacts, self._lease),
            tracker=self._tracker,
        )

    def _train(self, spec: JobSpec[SearchConfig], reporter: Reporter, watchdog: Watchdog) -> None:
        # A search goes on exactly on the type of device that it began on alone.
        pointer = self._claimed.checkpoint
        device = choose_device((pointer and device_of(pointer.key)) or spec.device)
        dataset = self._load(spec, reporter, watchdog)
        events = resume_search(dataset, device=device, pointer=pointer, reporter=reporter)
        for event in events:
            watchdog.feed()
            reporter.report(event)
            if isinstance(event, StepFinished | BatchValidated):
                self._stop_if_wanted(event.snapshot)

    def _load(
        self, spec: JobSpec[SearchConfig], reporter: Reporter, watchdog: Watchdog
    ) -> ImageDataset:
        def on_progress(progress: DatasetProgress) -> None:
            watchdog.feed()
            reporter.note(dataset_loading(progress))
            self._stop_if_wanted()

        dataset = load_dataset(
            spec.dataset,
            data_dir=self._settings.data_dir,
            image_size=spec.image_size,
            max_images=spec.max_images,
            seed=spec.config.seed,
            on_progress=on_progress,
        )
        reporter.note(dataset_ready(dataset))
        return dataset

    def _stop_if_wanted(self, snapshot: Callable[[], Checkpoint] | None = None) -> None:
        """Raise LeaseLost or _Stopped where the attempt is not to go on."""
        if not self._heartbeat.is_held:
            raise LeaseLost(self._job)
        wishes = self._heartbeat.wishes
        if wishes.cancel:
            raise _Stopped(checkpoint=None)
        if wishes.pause or self._must_leave():
            raise _Stopped(snapshot and snapshot())

    def _stop(self, stopped: _Stopped, reporter: Reporter) -> None:
        if stopped.checkpoint is None:
            self._writer.write(self._leave)
        else:
            reporter.write_with_checkpoint(stopped.checkpoint, self._leave)

    def _leave(self, session: Session, reason: str = "given back to the queue") -> None:
        """Follow the wishes as they are now: they may have been uttered or taken back just so."""
        # The beat locks the row, so that no wish comes between what is read and what is written.
        beat(session, self._lease, lease_seconds=self._settings.lease_seconds)
        wishes = read_wishes(session, self._lease)
        if wishes.cancel:
            cancel(session, self._lease)
        elif wishes.pause:
            pause(session, self._lease)
        else:
            release(session, self._lease, reason)
