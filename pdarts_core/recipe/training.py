"""The training of one discrete network: epochs of steps, each measured on held-out images."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.genotype import Genotype
from pdarts_core.images.batches import Batch
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.interop import load_network_weights
from pdarts_core.network import Network
from pdarts_core.parallel.batch_share import WHOLE, BatchShare
from pdarts_core.parallel.communicator import ALONE, Communicator
from pdarts_core.parallel.network import share_batches
from pdarts_core.recipe.batches import RecipeBatches
from pdarts_core.recipe.checkpoint import (
    BestWeights,
    Counted,
    EvaluationState,
    MeasurementState,
    Tested,
)
from pdarts_core.recipe.events import EvaluationEpochMetrics
from pdarts_core.recipe.figures import BestEpoch, Measured, share
from pdarts_core.recipe.generators import Generators
from pdarts_core.recipe.measurement import Measurement, measured
from pdarts_core.recipe.optimizer import make_optimizer
from pdarts_core.recipe.schedule import drop_path_prob, learning_rate
from pdarts_core.recipe.step import EvaluationStep
from pdarts_core.saved_state import saved
from pdarts_core.stages.optimizers import set_learning_rate
from pdarts_core.training.brake import Brake
from pdarts_core.training.failures import Diverged
from pdarts_core.training.metrics import Scores, Tally
from pdarts_core.training.optimizer_state import restore_optimizer, saved_optimizer
from pdarts_core.training.usage import Stopwatch, peak_memory, wait_for_device

LAST_EPOCHS = 5
"""The epochs at the end whose mean accuracy on held-out images is reported."""


def make_network(
    config: EvaluationConfig,
    genotype: Genotype,
    num_classes: int,
    generator: torch.Generator | None = None,
) -> Network:
    """Return a recipe's new network, on the CPU."""
    return Network(
        genotype,
        init_channels=config.init_channels,
        num_classes=num_classes,
        layers=config.layers,
        auxiliary=config.auxiliary_weight > 0,
        stem=config.stem,
        generator=generator,
    )


class EvaluationTraining:
    """A network, and how far its training has got: `epoch` and `step`, counted from 0.

    Args:
        config: the recipe.
        genotype: what the network is made of.
        dataset: the training set, on the device; its images may be elsewhere.
        train: the images to train on: int64 [n] on the device.
        held_out: those that each epoch is measured on; may be empty.
        weights: what the network begins with; None draws them.
        accumulate: parts that each batch is computed in, one after the other.
        communicator: to the other processes that train the same network.
    """

    def __init__(
        self,
        config: EvaluationConfig,
        genotype: Genotype,
        dataset: ImageDataset,
        train: Tensor,
        held_out: Tensor,
        *,
        weights: Mapping[str, Tensor] | None = None,
        accumulate: int = 1,
        communicator: Communicator = ALONE,
    ) -> None:
        self.config = config
        self.epoch = 0
        self.step = 0
        self.accumulation = accumulate
        self._share = BatchShare(communicator)
        self.best: BestWeights | None = None
        self.validated: Counted | None = None
        """The latest epoch on the held-out images."""
        self.recent_hits: tuple[int, ...] = ()
        """Of the last five epochs on the held-out images."""
        self.train_seconds = self.other_seconds = 0.0
        self._watch = Stopwatch()
        self._dataset = dataset
        self._device = dataset.labels.device
        self._brake = Brake(self._device)
        self._train = train
        self._held_out = held_out
        self._order: Tensor | None = None
        self._generators = Generators.of(config.seed, self._device)
        self._batches = RecipeBatches(dataset, config, self._generators)
        network = make_network(
            config, genotype, dataset.num_classes, self._generators.initialization
        )
        if weights is not None:
            load_network_weights(network, weights)
        self.network = network.to(self._device)
        share_batches(self.network, self._share)
        optimizer = make_optimizer(self.network, config)
        self._step = EvaluationStep(self.network, optimizer, config, accumulate, self._share)
        self._tally = Tally(self._device)
        self._more_sums = torch.zeros(2, dtype=torch.float64, device=self._device)
        self._validation = self._measurement(self._batches, held_out, self._share)

    @property
    def steps_per_epoch(self) -> int:
        """A last batch of one image is left out: batch norm needs two."""
        whole, rest = divmod(len(self._train), self.config.batch_size)
        return whole + (rest > 1)

    @property
    def images_trained(self) -> int:
        """In all finished epochs, each image as often as it was in a step."""
        whole = self.steps_per_epoch * self.config.batch_size
        return self.epoch * min(whole, len(self._train))

    @property
    def is_over(self) -> bool:
        """No epoch is left."""
        return self.epoch >= self.config.epochs

    @property
    def batches_to_validate(self) -> int:
        """Those that each epoch is measured on after its steps."""
        return self._validation.batches_per_pass

    @property
    def validated_batches(self) -> int:
        """How many of them are done."""
        return self._validation.position

    def _measurement(
        self, batches: RecipeBatches, indices: Tensor, share: BatchShare
    ) -> Measurement:
        return Measurement(
            self.network,
            batches,
            indices,
            num_classes=self._dataset.num_classes,
            batch_size=-(-self.config.batch_size // self.accumulation),
            precision=self.config.precision,
            batch_share=share,
        )

    def measurement_of(self, dataset: ImageDataset) -> Measurement:
        """Return a measurement of the network on all images of a data set, on the device.

        This process makes it alone, whichever others there are.
        """
        batches = RecipeBatches(dataset, self.config, self._generators)
        return self._measurement(batches, torch.arange(len(dataset), device=self._device), WHOLE)

    def measurement_of_held_out(self) -> Measurement:
        """Return a measurement of the network on the held-out images, as of a data set."""
        return self._measurement(self._batches, self._held_out, WHOLE)

    def advance(self) -> None:
        """Take a step on the next batch."""
        with self._watch.running():
            if self._order is None:
                self._begin_epoch()
            batch = self._next_batch()
            result, logits = self._step(
                batch.images,
                batch.labels,
                drop_path_prob=drop_path_prob(self.config, self.epoch),
                generator=self._generators.drop_path,
            )
            count = len(batch.labels)
            labels = batch.labels if batch.labels.ndim == 1 else batch.labels.argmax(1)
            self._tally.add(result.loss, logits, labels)
            more = torch.stack([result.auxiliary_loss * count, result.gradient_norm])
            self._more_sums += more.double()
            self._brake.step_issued()
            self.step += 1
            if self.step == self.steps_per_epoch:
                wait_for_device(self._device)

    def validate(self) -> None:
        """Measure the epoch on one more batch of the held-out images."""
        self._validation.advance()
        self._brake.step_issued()

    def end_epoch(self) -> EvaluationEpochMetrics:
        """Measure the epoch and go on to the next.

        Raises:
            Diverged: a loss is not finite.
        """
        steps = self.steps_per_epoch
        train = self._tally.take()
        auxiliary, norms = self._more_sums.tolist()
        self._more_sums.zero_()
        self.validated = self._validation.end() if self.batches_to_validate else None
        self._refuse_divergence(train)
        if self.validated is not None:
            self._note_hits(int(self.validated.confusion.diagonal().sum()))
        epoch_seconds, seconds = self._watch.take(), self._validation.watch.take()
        metrics = EvaluationEpochMetrics(
            learning_rate=learning_rate(self.config, self.epoch),
            drop_path_prob=drop_path_prob(self.config, self.epoch),
            train_loss=train.loss,
            train_auxiliary_loss=auxiliary / train.images,
            train_accuracy=train.accuracy,
            train_top5=train.top5,
            gradient_norm=norms / steps,
            validation=self._measured(),
            seconds=epoch_seconds + seconds,
            images_per_second=train.images / epoch_seconds,
            memory_bytes=peak_memory(self._device),
        )
        self.train_seconds += epoch_seconds
        self.other_seconds += seconds
        self.epoch, self.step, self._order = self.epoch + 1, 0, None
        return metrics

    @property
    def best_epoch(self) -> BestEpoch | None:
        """The best so far on the held-out images."""
        if self.best is None:
            return None
        accuracy = share(self.best.hits, len(self._held_out))
        return BestEpoch(epoch=self.best.epoch, accuracy=accuracy)

    def state(self, test: MeasurementState, tested: Tested | None) -> EvaluationState:
        """Return a copy of the training's state, on the CPU; the test is what comes after it."""
        return EvaluationState(
            epoch=self.epoch,
            step=self.step,
            order=None if self._order is None else saved(self._order),
            network=self.weights(),
            optimizer=saved_optimizer(self._step.optimizer),
            generators=self._generators.states(),
            sums=saved(self._tally.sums),
            more_sums=saved(self._more_sums),
            validation=self._validation.state(),
            test=test,
            validated=self.validated,
            recent_hits=self.recent_hits,
            best=self.best,
            epoch_seconds=self._watch.seconds,
            train_seconds=self.train_seconds,
            other_seconds=self.other_seconds,
            device_type=self._device.type,
            accumulate=self.accumulation,
            tested=tested,
            processes=self._share.processes,
        )

    def restore(self, state: EvaluationState) -> None:
        """Continue from a state, which stays as it is."""
        self.epoch, self.step = state.epoch, state.step
        self._order = None if state.order is None else state.order.to(self._device, copy=True)
        self.network.load_state_dict(state.network)
        restore_optimizer(self._step.optimizer, state.optimizer)
        self._set_rate()
        self._generators.restore(state.generators)
        self._tally.sums.copy_(state.sums)
        self._more_sums.copy_(state.more_sums)
        self._validation.restore(state.validation)
        self.validated, self.recent_hits, self.best = (
            state.validated,
            state.recent_hits,
            state.best,
        )
        self._watch.seconds, self.train_seconds, self.other_seconds = (
            state.epoch_seconds,
            state.train_seconds,
            state.other_seconds,
        )

    def weights(self) -> dict[str, Tensor]:
        """Return a copy of the network's weights and statistics, on the CPU."""
        return {name: saved(tensor) for name, tensor in self.network.state_dict().items()}

    def _begin_epoch(self) -> None:
        places = torch.randperm(len(self._train), generator=self._generators.order)
        self._order = self._train[places.to(self._device)]
        self._set_rate()

    def _set_rate(self) -> None:
        if not self.is_over:
            set_learning_rate(self._step.optimizer, learning_rate(self.config, self.epoch))

    def _next_batch(self) -> Batch:
        assert self._order is not None
        size = self.config.batch_size
        indices = self._order[self.step * size : (self.step + 1) * size]
        return self._batches.augmented(indices)

    def _measured(self) -> Measured | None:
        if self.validated is None:
            return None
        return measured(self.validated, self._dataset.class_names)

    def _note_hits(self, hits: int) -> None:
        self.recent_hits = (*self.recent_hits, hits)[-LAST_EPOCHS:]
        if self.best is None or hits > self.best.hits:
            self.best = BestWeights(epoch=self.epoch + 1, hits=hits, network=self.weights())

    def _refuse_divergence(self, train: Scores) -> None:
        losses = [train.loss]
        if self.validated is not None:
            losses.append(float(self.validated.sums[0]))
        if not all(map(math.isfinite, losses)):
            raise Diverged(epoch=self.epoch + 1)
