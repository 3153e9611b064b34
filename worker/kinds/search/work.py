"""What an attempt at a search does: it loads the images, trains, and writes what is reported.

No session is open while images are loaded or the network trains.
"""

from functools import partial

# torch loads it with the first optimizer, which takes seconds: here it is loaded once a worker,
# before the processes of its searches are forked.
import torch._dynamo  # noqa: F401  for what its import does

from pdarts_core.config import SearchConfig
from pdarts_core.estimates.threads import threads_for_search
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.stages.events import BatchValidated, StepFinished
from store.job_spec import JobSpec
from store.lease import Progress
from store.settings import Settings
from worker.checkpoints import NewCheckpoint, device_of
from worker.claims import ClaimedJob
from worker.control import Control
from worker.devices import choose_device
from worker.journal import Journal
from worker.kinds.computing import computing_group
from worker.kinds.images import ImageLoader
from worker.kinds.search.checkpoints import pack
from worker.kinds.search.progress import ProgressTracker
from worker.kinds.search.recorder import SearchRecorder
from worker.kinds.search.resume import resume_search
from worker.kinds.sent_images import folder_of_images
from worker.ranks.group import RankGroup


class SearchWork:
    """One attempt's part of a search.

    Args:
        job: the claimed job.
        settings: where images are.

    Raises:
        ConfigError: the spec is not a valid search.
        TypeError: it names no data set.
    """

    def __init__(self, job: ClaimedJob, settings: Settings) -> None:
        self._pointer = job.checkpoint
        self._settings = settings
        self._spec = JobSpec.from_row(SearchConfig, job.spec)
        steps = self._pointer.step if self._pointer else 0
        self._tracker = ProgressTracker(self._spec.config, steps=steps)

    @property
    def progress(self) -> Progress | None:
        """How far the search has got."""
        return self._tracker.latest

    def run(self, journal: Journal, control: Control) -> None:
        """Continue the search to its end."""
        # It can only continue exactly on the type of device that it began on.
        bound_to = self._pointer and device_of(self._pointer.key)
        device = choose_device(bound_to or self._spec.device)
        with folder_of_images(journal, control, self._settings) as folder:
            loader = ImageLoader(
                spec=self._spec,
                data_dir=folder,
                journal=journal,
                control=control,
                has_begun=self._pointer is not None,
            )
            dataset = loader.load_training_images()
        with computing_group(
            self._spec,
            device,
            dataset,
            threads_for=threads_for_search,
            journal=journal,
            settings=self._settings,
        ) as group:
            self._run(dataset, group, journal, control)

    def _run(
        self, dataset: ImageDataset, group: RankGroup, journal: Journal, control: Control
    ) -> None:
        recorder = SearchRecorder(journal=journal, config=self._spec.config, tracker=self._tracker)
        events = resume_search(dataset, group=group, pointer=self._pointer, recorder=recorder)
        for event in events:
            control.went_on()
            recorder.report(event)
            if isinstance(event, StepFinished | BatchValidated):
                control.stop_if_wanted(partial(self._snapshot, event))

    def _snapshot(self, event: StepFinished | BatchValidated) -> NewCheckpoint:
        return pack(event.snapshot(), step=self._tracker.steps)
