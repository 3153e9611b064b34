"""A whole evaluation: a genotype's network trained from scratch, then tested once."""

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pdarts_core.config_fields import LEAST_IMAGES_AT_ONCE
from pdarts_core.estimates.network_size import NetworkShape, NetworkSize, count_network
from pdarts_core.estimates.workload import Grid
from pdarts_core.evaluation_config import EVALUATION_PRESETS, EvaluationConfig
from pdarts_core.genotype import Genotype, to_dict
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.images.sampling import Halves, split_by_class
from pdarts_core.interop import load_network_weights
from pdarts_core.network import Network
from pdarts_core.parallel.communicator import ALONE, Communicator, StartAnew
from pdarts_core.recipe.checkpoint import (
    CheckpointMismatch,
    Counted,
    EvaluationCheckpoint,
    EvaluationState,
    Tested,
)
from pdarts_core.recipe.events import (
    EvaluationBatchHalved,
    EvaluationBatchTested,
    EvaluationBatchValidated,
    EvaluationEpochFinished,
    EvaluationEvent,
    EvaluationFinished,
    EvaluationProcessesChanged,
    EvaluationStarted,
    EvaluationStepFinished,
    EvaluationTested,
)
from pdarts_core.recipe.figures import EvaluationResult, Figure, share
from pdarts_core.recipe.measurement import Measurement, measured, pictures_of, wrong_images
from pdarts_core.recipe.memory import placed
from pdarts_core.recipe.optimizer import make_optimizer
from pdarts_core.recipe.schedule import drop_path_prob, learning_rate
from pdarts_core.recipe.step import StepResult, training_step
from pdarts_core.recipe.test_set import aligned
from pdarts_core.recipe.training import EvaluationTraining, make_network
from pdarts_core.stages.checkpoint import check_processes
from pdarts_core.stages.fingerprint import canonical, digest_of
from pdarts_core.stages.generators import make_generator
from pdarts_core.training.failures import Diverged, is_out_of_memory
from pdarts_core.training.usage import give_memory_back

__all__ = [
    "EVALUATION_PRESETS",
    "EvaluationConfig",
    "StepResult",
    "TestSet",
    "drop_path_prob",
    "learning_rate",
    "make_optimizer",
    "run_evaluation",
    "training_step",
]

TestSet = ImageDataset | Callable[[], ImageDataset]
"""Images to test on, or what loads them: it is called once, when the training is over."""


def run_evaluation(
    config: EvaluationConfig,
    genotype: Genotype,
    train: ImageDataset,
    test: TestSet | None,
    *,
    device: torch.device | str,
    weights: Mapping[str, Tensor] | None = None,
    checkpoint: EvaluationCheckpoint | None = None,
    communicator: Communicator = ALONE,
) -> Iterator[EvaluationEvent]:
    """Train a genotype's network and test it.

    All random numbers follow from the configuration's seed: on a CPU, the same arguments give the
    same events, to the bit. With a checkpoint, the events are those that came after it was taken.

    Args:
        config: the recipe.
        genotype: what the network is made of.
        train: the training set; `valid_portion` of it is held out.
        test: the test set, which nothing looks at before the end; its pixels are normalised as the
            training set's are. None: the result is of the held-out images.
        device: where to keep the network, and the images if they fit.
        weights: what the network begins with, as `load_network_weights` takes them.
        checkpoint: where to continue, from an evaluation with the same arguments.
        communicator: to processes that run the same evaluation, each on a part of every batch.
            They all are given the same arguments but for the device and the test set: only the
            first of them tests, and only its events go on after the training.

    Returns:
        The events, as the evaluation makes them; the last one carries result and weights. Asking
        for the next event may raise Diverged, TestSetMismatch, or whatever torch raises when
        memory runs out. With several processes, ProcessLost as well, and StartAnew: after
        EvaluationBatchHalved, all of them must begin again with its checkpoint.

    Raises:
        ValueError: there is nothing to train or to measure on, or no weights although there are no
            epochs.
        PublishedWeightsError: the weights do not fit the network.
        CheckpointMismatch: the checkpoint belongs to another evaluation or type of device, or was
            taken within an epoch by another number of processes.
    """
    place = torch.device(device)
    mark = _fingerprint(config, genotype, train, weights)
    if checkpoint is None:
        checkpoint = EvaluationCheckpoint(fingerprint=mark, state=None)
    elif checkpoint.fingerprint != mark:
        raise CheckpointMismatch("the checkpoint belongs to another recipe, genotype or data set")
    if checkpoint.state is not None:
        _check_state(checkpoint.state, config, genotype, train.num_classes, place)
        check_processes(
            before=checkpoint.state.processes,
            now=communicator.size,
            is_between_epochs=checkpoint.state.is_between_epochs,
        )
    if weights is not None:
        load_network_weights(_trial_network(config, genotype, train.num_classes), weights)
    halves = _split(config, train)
    if test is None and not len(halves.alphas):
        raise ValueError("there is neither a test set nor any held-out image (valid_portion)")
    if config.epochs == 0 and weights is None:
        raise ValueError("without epochs, an evaluation needs weights")
    evaluation = _Evaluation(
        config=config,
        genotype=genotype,
        dataset=placed(train, place),
        train=halves.weights.to(place),
        held_out=halves.alphas.to(place),
        test=test,
        weights=weights,
        device=place,
        communicator=communicator,
    )
    return evaluation.go_on(checkpoint)


def _fingerprint(
    config: EvaluationConfig,
    genotype: Genotype,
    train: ImageDataset,
    weights: Mapping[str, Tensor] | None,
) -> str:
    form = {
        "config": canonical(config),
        "genotype": to_dict(genotype),
        "dataset": train.fingerprint(),
        "weights": weights and _digest(weights),
    }
    return digest_of(form)


def _digest(weights: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(weights):
        tensor = weights[name].detach().cpu().contiguous()
        digest.update(repr((name, tensor.dtype, tuple(tensor.shape))).encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _check_state(
    state: EvaluationState,
    config: EvaluationConfig,
    genotype: Genotype,
    num_classes: int,
    device: torch.device,
) -> None:
    if state.device_type != device.type:
        raise CheckpointMismatch(
            f"the checkpoint was taken on {state.device_type}; it cannot continue"
            f" exactly on {device.type}"
        )
    network = _trial_network(config, genotype, num_classes)
    shapes = {name: tensor.shape for name, tensor in network.state_dict().items()}
    if shapes != {name: tensor.shape for name, tensor in state.network.items()}:
        raise CheckpointMismatch("the checkpoint belongs to another version of the network")


def _trial_network(config: EvaluationConfig, genotype: Genotype, num_classes: int) -> Network:
    """Return a network to see whether weights fit; it changes no random numbers."""
    with torch.random.fork_rng(devices=[]):
        return make_network(config, genotype, num_classes)


def _split(config: EvaluationConfig, train: ImageDataset) -> Halves:
    """Return the images to train on, and those that are held out."""
    if not config.valid_portion:
        parts = Halves(torch.arange(len(train)), torch.arange(0))
    else:
        generator = make_generator(config.seed, "evaluation", "split")
        parts = split_by_class(train.labels, 1 - config.valid_portion, generator)
    if config.epochs and len(parts.weights) < LEAST_IMAGES_AT_ONCE:
        raise ValueError("an evaluation trains on two images at least")
    return parts


@dataclass(frozen=True, kw_only=True)
class _Evaluation:
    config: EvaluationConfig
    genotype: Genotype
    dataset: ImageDataset
    """On the device, like the indices; images that do not fit there stay where they were."""
    train: Tensor
    held_out: Tensor
    test: TestSet | None
    weights: Mapping[str, Tensor] | None
    device: torch.device
    communicator: Communicator

    def go_on(self, begin: EvaluationCheckpoint) -> Iterator[EvaluationEvent]:
        """Run to the end, in as many parts of a batch as memory requires."""
        accumulate = begin.state.accumulate if begin.state else begin.accumulate
        if begin.state and begin.state.processes != self.communicator.size:
            yield EvaluationProcessesChanged(
                epochs=begin.state.epoch,
                before=begin.state.processes,
                now=self.communicator.size,
            )
        kept = _LastBoundary(begin)
        while True:
            try:
                yield from self._run(kept, accumulate)
            except (RuntimeError, MemoryError) as error:
                accumulate *= 2
                smallest = min(self.config.batch_size, len(self.train)) // accumulate
                may_halve = self.config.halve_batches and smallest >= LEAST_IMAGES_AT_ONCE
                if not may_halve or not is_out_of_memory(error):
                    raise
            else:
                return
            # By now the error is gone, and with it whatever held the memory of the failed try.
            give_memory_back(self.device)
            several = self.communicator.size > 1
            again = kept.go_back(accumulate, from_start=accumulate if several else 1)
            yield EvaluationBatchHalved(
                epochs=again.state.epoch if again.state else 0,
                images_at_once=-(-self.config.batch_size // accumulate),
                accumulation=accumulate,
                snapshot=lambda again=again: again,  # type: ignore[misc]
            )
            if several:
                # The others were left in the middle of a step.
                raise StartAnew

    def _run(self, kept: "_LastBoundary", accumulate: int) -> Iterator[EvaluationEvent]:
        training = EvaluationTraining(
            self.config,
            self.genotype,
            self.dataset,
            self.train,
            self.held_out,
            weights=self.weights,
            accumulate=accumulate,
            communicator=self.communicator,
        )
        run = _Run(self, training, kept)
        yield from run.train()
        if self.communicator.rank == 0:
            yield from run.measure_result()

    def open_test_set(self, test: TestSet) -> ImageDataset:
        """Return the test set on the device, as the network sees it."""
        opened = test if isinstance(test, ImageDataset) else test()
        return placed(aligned(opened, self.dataset), self.device)

    @property
    def size(self) -> NetworkSize:
        """How large the network is, without its auxiliary head."""
        height, width = self.dataset.images.shape[2:]
        shape = NetworkShape(
            layers=self.config.layers,
            init_channels=self.config.init_channels,
            num_classes=self.dataset.num_classes,
            stem=self.config.stem,
        )
        crop = self.config.crop_size
        return count_network(self.genotype, shape, Grid(crop or height, crop or width))


class _LastBoundary:
    """The state at the end of the latest epoch: what is gone back to when memory runs out."""

    def __init__(self, begin: EvaluationCheckpoint) -> None:
        self.begin = begin
        """Where the next try begins."""
        self.boundary = begin

    def go_back(self, accumulate: int, *, from_start: int) -> EvaluationCheckpoint:
        state = self.boundary.state
        again = state and replace(state, accumulate=accumulate)
        self.begin = self.boundary = replace(self.boundary, state=again, accumulate=from_start)
        return self.begin


class _Run:
    """One try at an evaluation, with one size of the parts of a batch."""

    def __init__(
        self, evaluation: _Evaluation, training: EvaluationTraining, kept: _LastBoundary
    ) -> None:
        self._evaluation = evaluation
        self._config = evaluation.config
        self._training = training
        self._kept = kept
        self._test: Measurement = training.measurement_of_held_out()
        self._tested: Tested | None = None
        self._state = kept.begin.state
        if self._state is not None:
            training.restore(self._state)

    def train(self) -> Iterator[EvaluationEvent]:
        """Take all steps that are left."""
        if self._state is None:
            yield self._started()
        while not self._training.is_over:
            yield from self._epoch()

    def measure_result(self) -> Iterator[EvaluationEvent]:
        """Measure what the result is of; nothing has looked at the test set before."""
        validated = self._training.validated
        if self._evaluation.test is None and validated is not None:
            yield self._finished(self._seen(validated, self._evaluation.dataset))
            return
        if self._state is not None and self._state.tested is not None:
            self._tested = self._state.tested
            self._test.watch.seconds = self._state.test.seconds
        else:
            yield from self._measure()
        assert self._tested is not None
        yield self._finished(self._tested)

    def _measure(self) -> Iterator[EvaluationEvent]:
        training, evaluation = self._training, self._evaluation
        images = evaluation.dataset
        if evaluation.test is not None:
            images = evaluation.open_test_set(evaluation.test)
            self._test = training.measurement_of(images)
        if self._state is not None:
            self._test.restore(self._state.test)
        while self._test.position < self._test.batches_per_pass:
            self._test.advance()
            yield EvaluationBatchTested(
                batch=self._test.position,
                batches=self._test.batches_per_pass,
                snapshot=self._snapshot,
            )
        self._tested = self._seen(self._test.end(), images)
        boundary = self._kept.boundary = self._snapshot()
        seen = int(self._tested.counted.confusion.sum())
        yield EvaluationTested(images=seen, snapshot=lambda: boundary)

    def _seen(self, counted: Counted, images: ImageDataset) -> Tested:
        if not math.isfinite(float(counted.sums[0])):
            raise Diverged(epoch=self._training.epoch)
        return Tested(counted=counted, pictures=pictures_of(counted, images.images))

    def _epoch(self) -> Iterator[EvaluationEvent]:
        training = self._training
        while training.step < training.steps_per_epoch:
            training.advance()
            yield EvaluationStepFinished(
                epoch=training.epoch + 1,
                step=training.step,
                steps=training.steps_per_epoch,
                snapshot=self._snapshot,
            )
        while training.validated_batches < training.batches_to_validate:
            training.validate()
            yield EvaluationBatchValidated(
                epoch=training.epoch + 1,
                batch=training.validated_batches,
                batches=training.batches_to_validate,
                snapshot=self._snapshot,
            )
        metrics = training.end_epoch()
        boundary = self._kept.boundary = self._snapshot()
        yield EvaluationEpochFinished(
            epoch=training.epoch,
            epochs=self._config.epochs,
            metrics=metrics,
            best=training.best_epoch,
            snapshot=lambda: boundary,
        )

    def _snapshot(self) -> EvaluationCheckpoint:
        state = self._training.state(self._test.state(), self._tested)
        return replace(self._kept.begin, state=state)

    def _started(self) -> EvaluationStarted:
        size = self._evaluation.size
        return EvaluationStarted(
            epochs=self._config.epochs,
            steps_per_epoch=self._training.steps_per_epoch,
            parameters=size.parameters,
            multiply_adds=size.multiply_adds,
            train_images=len(self._evaluation.train),
            valid_images=len(self._evaluation.held_out),
            accumulation=self._training.accumulation,
        )

    def _finished(self, tested: Tested) -> EvaluationFinished:
        counted = tested.counted
        training, names = self._training, self._evaluation.dataset.class_names
        validated, best = training.validated, training.best
        size, trained = self._evaluation.size, training.images_trained
        result = EvaluationResult(
            source="validation" if self._evaluation.test is None else "test",
            measured=measured(counted, names),
            wrong=wrong_images(counted),
            validation=None if validated is None else measured(validated, names),
            last_epochs=self._last_epochs(),
            best=training.best_epoch,
            parameters=size.parameters,
            multiply_adds=size.multiply_adds,
            train_images=len(self._evaluation.train),
            seconds=training.train_seconds + training.other_seconds + self._test.watch.seconds,
            images_per_second=trained / training.train_seconds if trained else None,
        )
        return EvaluationFinished(
            result=result,
            pictures=tested.pictures,
            weights=training.weights(),
            best_weights=None if best is None else best.network,
        )

    def _last_epochs(self) -> Figure | None:
        recent = self._training.recent_hits
        if not recent:
            return None
        return share(sum(recent) / len(recent), len(self._evaluation.held_out))
