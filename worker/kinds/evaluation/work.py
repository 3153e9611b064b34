"""What an attempt at an evaluation does: it loads images, trains, tests and writes the results.

No session is open while images are loaded or the network trains.
"""

from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from pdarts_core.estimates.threads import threads_for_evaluation
from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.genotype import Genotype, from_dict
from pdarts_core.recipe.events import (
    EvaluationBatchTested,
    EvaluationBatchValidated,
    EvaluationStepFinished,
)
from store.catalogue import find_dataset, has_test_images
from store.evaluation_spec import EvaluationSpec
from store.lease import Progress
from store.settings import Settings
from store.tables import Evaluation
from worker.checkpoints import NewCheckpoint, device_of
from worker.claims import ClaimedJob
from worker.control import Control
from worker.devices import choose_device
from worker.journal import Journal
from worker.kinds.computing import computing_group
from worker.kinds.evaluation.checkpoints import pack
from worker.kinds.evaluation.models import Exporter
from worker.kinds.evaluation.progress import EvaluationTracker
from worker.kinds.evaluation.recorder import EvaluationRecorder
from worker.kinds.evaluation.resume import Setup, resume_evaluation
from worker.kinds.evaluation.weights import fetch_weights
from worker.kinds.images import ImageLoader
from worker.kinds.sent_images import folder_of_images
from worker.ranks.group import RankGroup

_Boundary = EvaluationStepFinished | EvaluationBatchValidated | EvaluationBatchTested


class EvaluationWork:
    """One attempt's part of an evaluation.

    Args:
        job: the claimed job.
        settings: where images are.

    Raises:
        ConfigError: the spec is not a valid evaluation.
        TypeError: it names no data set.
    """

    def __init__(self, job: ClaimedJob, settings: Settings) -> None:
        self._pointer = job.checkpoint
        self._settings = settings
        self._spec = EvaluationSpec.from_row(EvaluationConfig, job.spec)
        steps = self._pointer.step if self._pointer else 0
        self._tracker = EvaluationTracker(self._spec.config.epochs, steps=steps)

    @property
    def progress(self) -> Progress | None:
        """How far the evaluation has got."""
        return self._tracker.latest

    def run(self, journal: Journal, control: Control) -> None:
        """Continue the evaluation to its end."""
        # It can only continue exactly on the type of device that it began on.
        bound_to = self._pointer and device_of(self._pointer.key)
        device = choose_device(bound_to or self._spec.device)
        with folder_of_images(journal, control, self._settings) as folder:
            setup = self._set_up(journal, control, folder)
            with computing_group(
                self._spec,
                device,
                setup.train,
                threads_for=threads_for_evaluation,
                journal=journal,
                settings=self._settings,
            ) as group:
                self._run(setup, group, journal, control)

    def _run(self, setup: Setup, group: RankGroup, journal: Journal, control: Control) -> None:
        exporter = Exporter(genotype=setup.genotype, recipe=setup.config, train=setup.train)
        recorder = EvaluationRecorder(journal=journal, tracker=self._tracker, exporter=exporter)
        events = resume_evaluation(setup, group=group, pointer=self._pointer, recorder=recorder)
        for event in events:
            control.went_on()
            recorder.report(event)
            if isinstance(event, _Boundary):
                control.stop_if_wanted(partial(self._snapshot, event))

    def _set_up(self, journal: Journal, control: Control, folder: Path) -> Setup:
        loader = ImageLoader(
            spec=self._spec,
            data_dir=folder,
            journal=journal,
            control=control,
            has_begun=self._pointer is not None,
        )
        info = find_dataset(folder, self._spec.dataset)
        has_test = has_test_images(folder, info)
        begin = self._spec.weights
        weights = None if begin is None else fetch_weights(journal, begin)
        train = loader.load_training_images()
        return Setup(
            config=self._spec.config,
            genotype=journal.read(partial(_genotype_of, evaluation_id=journal.lease.job_id)),
            train=train,
            test=partial(loader.load_test_images, train) if has_test else None,
            weights=weights,
        )

    def _snapshot(self, event: _Boundary) -> NewCheckpoint:
        return pack(event.snapshot(), step=self._tracker.steps)


def _genotype_of(session: Session, evaluation_id: str) -> Genotype:
    return from_dict(session.get_one(Evaluation, evaluation_id).genotype)
