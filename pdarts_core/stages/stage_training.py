"""The training of one stage: a new network, both halves of the images, epochs of steps."""

import math
from collections.abc import Sequence
from functools import partial

import torch
from torch import nn

from pdarts_core.config import SearchConfig
from pdarts_core.images.batches import DeviceBatches
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.images.sampling import Halves, ShuffledBatches
from pdarts_core.kernels.choice import kernels_serve, use_kernels, uses_kernels
from pdarts_core.kernels.launching import KernelFailed
from pdarts_core.parallel.batch_share import BatchShare
from pdarts_core.parallel.communicator import ALONE, Communicator
from pdarts_core.parallel.network import share_batches
from pdarts_core.pruning import COLLAPSED_SKIP_CONNECTS, current_skip_connects
from pdarts_core.saved_state import saved
from pdarts_core.search_network import SearchNetwork
from pdarts_core.signal.class_counts import ClassCounts
from pdarts_core.signal.evidence import PushRecord
from pdarts_core.signal.pushes import Pushes
from pdarts_core.space.cells import CellPair, KeptOperations
from pdarts_core.stages.checkpoint import StageState
from pdarts_core.stages.events import EpochMetrics
from pdarts_core.stages.generators import StageGenerators
from pdarts_core.stages.half_training import HalfTraining
from pdarts_core.stages.optimizers import arch_optimizer, set_learning_rate, weight_optimizer
from pdarts_core.stages.schedule import Phase, dropout_rate, is_validated, learning_rate, phase_of
from pdarts_core.training.brake import Brake
from pdarts_core.training.cuda_graphs import Recordable, record, record_forward
from pdarts_core.training.failures import Diverged, ends_recording, is_out_of_memory
from pdarts_core.training.kernel_trial import refuse_wrong_kernels
from pdarts_core.training.metrics import Scores, Tally
from pdarts_core.training.step import TrainingStep
from pdarts_core.training.usage import (
    Stopwatch,
    give_memory_back,
    peak_memory,
    wait_for_device,
)
from pdarts_core.training.validation import Validated, Validation


def make_network(
    config: SearchConfig,
    number: int,
    kept: CellPair[KeptOperations],
    num_classes: int,
    *,
    generator: torch.Generator | None = None,
    dropout_generator: torch.Generator | None = None,
) -> SearchNetwork:
    """Return a stage's new network, on the CPU; stages are counted from 0."""
    return SearchNetwork(
        init_channels=config.channels_of(number),
        num_classes=num_classes,
        layers=config.stages[number].layers,
        kept_normal=kept.normal,
        kept_reduce=kept.reduce,
        generator=generator,
        dropout_generator=dropout_generator,
    )


class StageTraining:
    """One stage's network, and how far its training has got: `epoch` and `step`, counted from 0.

    Args:
        config: the whole search's.
        number: the stage's, counted from 0.
        kept: the operations alive in it.
        dataset: the images, on the device.
        halves: which of them train weights, and which alphas; on the device.
        accumulate: parts that each batch is computed in, one after the other.
        communicator: to the other processes that train the same stage.
    """

    def __init__(
        self,
        config: SearchConfig,
        number: int,
        kept: CellPair[KeptOperations],
        dataset: ImageDataset,
        halves: Halves,
        accumulate: int = 1,
        communicator: Communicator = ALONE,
    ) -> None:
        self.number = number
        self.config = config.stages[number]
        self.epoch = 0
        self.step = 0
        self._search = config
        self._kept = kept
        self.accumulation = accumulate
        self.not_recorded: str | None = None
        """Why steps could not be recorded, on a device where they should be."""
        self.kernels_failed: str | None = None
        """Why kernels of our own do not serve, on a device where they should."""
        self._preparation = Stopwatch()
        self._share = BatchShare(communicator)
        self._watch = Stopwatch()
        self.collapsed = False
        """An epoch has ended with a normal cell collapsed into skip-connects."""
        self.class_counts: ClassCounts | None = None
        """Of the latest epoch that was measured; None if none was since the stage was begun or
        continued."""
        self._device = dataset.images.device
        self._brake = Brake(self._device)
        self._generators = StageGenerators.of(config.seed, number, self._device)
        self._batches = DeviceBatches(
            dataset,
            generator=self._generators.augmentation,
            cutout_length=config.cutout_length if config.cutout else None,
            crop_padding=config.crop_padding,
            is_flipping=config.flip,
        )
        self.network = make_network(
            config,
            number,
            kept,
            dataset.num_classes,
            generator=self._generators.initialization,
            dropout_generator=self._generators.dropout,
        ).to(self._device)
        share_batches(self.network, self._share)
        use_kernels(self.network, wanted=kernels_serve(self._device))
        self._make_halves(halves)
        self._validation = Validation(
            self.network,
            self._batches,
            halves.alphas,
            num_classes=dataset.num_classes,
            batch_size=config.batch_size,
            precision=config.precision,
            batch_share=self._share,
        )

    def _make_halves(self, halves: Halves) -> None:
        weights = self.network.weight_parameters()
        alphas = self.network.architecture_parameters()
        self._weights = self._half(
            weights,
            frozen=alphas,
            optimizer=weight_optimizer(weights, self._search),
            order=self._order(halves.weights, self._generators.weights_order),
        )
        epochs = self.config.epochs - self.config.warmup_epochs
        self._pushes = Pushes(alphas, steps=epochs * self.steps_per_epoch)
        self._alphas = self._half(
            alphas,
            frozen=weights,
            optimizer=arch_optimizer(alphas, self._search),
            order=self._order(halves.alphas, self._generators.alphas_order),
            pushes=self._pushes,
        )

    def _order(self, indices: torch.Tensor, generator: torch.Generator) -> ShuffledBatches:
        return ShuffledBatches(indices, self._search.batch_size, generator)

    def _half(
        self,
        trained: Sequence[nn.Parameter],
        *,
        frozen: Sequence[nn.Parameter],
        optimizer: torch.optim.Optimizer,
        order: ShuffledBatches,
        pushes: Pushes | None = None,
    ) -> HalfTraining:
        step = TrainingStep(
            network=self.network,
            trained=trained,
            frozen=frozen,
            optimizer=optimizer,
            grad_clip=self._search.grad_clip,
            batches=self._batches,
            tally=Tally(self._device),
            precision=self._search.precision,
            accumulate=self.accumulation,
            pushes=pushes,
            batch_share=self._share,
        )
        return HalfTraining(step, order)

    @property
    def phase(self) -> Phase:
        """What the current epoch trains."""
        return phase_of(self.config, self.epoch)

    @property
    def steps_per_epoch(self) -> int:
        """One for each batch of the weights' half."""
        return self._weights.order.batches_per_pass

    @property
    def is_over(self) -> bool:
        """No epoch is left, or the search stops at a collapse and there was one."""
        stopped = self.collapsed and self._search.stop_on_collapse
        return stopped or self.epoch >= self.config.epochs

    @property
    def skip_connects(self) -> int:
        """How many the normal cell would have if the stage ended now."""
        return current_skip_connects(self._kept.normal, self.network.alphas_normal)

    @property
    def is_collapsing(self) -> bool:
        """The current epoch, whose steps are all taken, leaves the normal cell collapsed."""
        if self.phase == "weights" or not self._are_alphas_finite():
            return False
        return self.skip_connects >= COLLAPSED_SKIP_CONNECTS

    @property
    def batches_to_validate(self) -> int:
        """Those that the current epoch is measured on after its steps.

        The last five epochs are measured, and one that turns out to be the last.
        """
        is_wanted = is_validated(self.config, self.epoch) or (
            self._search.stop_on_collapse and self.is_collapsing
        )
        return self._validation.batches_per_pass if is_wanted else 0

    @property
    def validated(self) -> int:
        """How many of them are done."""
        return self._validation.position

    def prepare(self) -> None:
        """Record the steps on CUDA, which also shows at once whether there is enough memory."""
        if self._device.type != "cuda":
            return
        torch.cuda.reset_peak_memory_stats(self._device)
        self.begin_epoch()
        with self._preparation.running():
            self._record_if_possible()
            wait_for_device(self._device)

    def _record_if_possible(self) -> None:
        try:
            self._record_in_either_form()
        except RuntimeError as error:
            if is_out_of_memory(error) or not ends_recording(error):
                raise
            self.not_recorded = str(error).splitlines()[0]
            give_memory_back(self._device)

    def _record_in_either_form(self) -> None:
        """Record the steps: with kernels of our own or, if one fails, in PyTorch alone."""
        try:
            if uses_kernels(self.network):
                refuse_wrong_kernels(self._recordable(), self._drawn_from(), self._search.precision)
            self._record()
        except KernelFailed as error:
            if is_out_of_memory(error):
                raise
            self.kernels_failed = str(error).splitlines()[0]
        if self.kernels_failed is not None:
            use_kernels(self.network, wanted=False)
            give_memory_back(self._device)
            self._record()

    def _trained_halves(self) -> dict[str, HalfTraining]:
        halves = {"weights": self._weights}
        return halves | ({"alphas": self._alphas} if self.config.trains_architecture else {})

    def _recordable(self) -> dict[str, Recordable]:
        halves = self._trained_halves().items()
        return {name: Recordable(half.step, half.order.sample()) for name, half in halves}

    def _drawn_from(self) -> tuple[torch.Generator, ...]:
        return self._generators.augmentation, self._generators.dropout

    def _record(self) -> None:
        pool = torch.cuda.graph_pool_handle()
        # Its memory too is needed to the end: to lack it in a late epoch would cost the stage.
        self._validation.use_recording(partial(record_forward, pool=pool))
        recorded = record([*self._recordable().values()], self._drawn_from(), pool)
        for half, run in zip(self._trained_halves().values(), recorded, strict=True):
            half.run = run

    def begin_epoch(self) -> None:
        """Set what changes from epoch to epoch; also when continuing in the middle of one."""
        rate = learning_rate(self._search, self.config, self.epoch)
        set_learning_rate(self._weights.step.optimizer, rate)
        self.network.set_dropout_rate(dropout_rate(self._search, self.config, self.epoch))

    def advance(self) -> None:
        """Take a step: in an architecture epoch one of the alphas, then one of the weights."""
        with self._watch.running():
            if self.phase == "architecture":
                self.step_alphas()
            self.step_weights()
            self.step += 1
            if self.step == self.steps_per_epoch:
                wait_for_device(self._device)

    def step_weights(self) -> None:
        """Train the weights on the next batch of their half."""
        self._weights.advance()
        self._brake.step_issued()

    def step_alphas(self) -> None:
        """Train the alphas on the next batch of theirs."""
        self._alphas.advance()
        self._brake.step_issued()

    def validate(self) -> None:
        """Measure the epoch on one more batch of the alphas' half."""
        self._validation.advance()
        self._brake.step_issued()

    def end_epoch(self) -> EpochMetrics:
        """Measure the epoch and go on to the next.

        Raises:
            Diverged: a loss or an alpha is not finite.
        """
        measured = self._end_validation()
        self.collapsed = self.collapsed or self.is_collapsing
        valid = measured.scores if measured else None
        self.class_counts = measured.classes if measured else None
        train, arch = self._weights.step.tally.take(), self._alphas.step.tally.take()
        seconds = self._watch.take()
        images_per_second = sum(scores.images for scores in (train, arch)) / seconds
        self._refuse_divergence(train, arch, valid)
        metrics = EpochMetrics(
            learning_rate=learning_rate(self._search, self.config, self.epoch),
            dropout_rate=dropout_rate(self._search, self.config, self.epoch),
            train_loss=train.loss,
            train_accuracy=train.accuracy,
            train_top5=train.top5,
            valid_loss=valid.loss if valid else None,
            valid_accuracy=valid.accuracy if valid else None,
            valid_top5=valid.top5 if valid else None,
            valid_classes=self.class_counts,
            seconds=seconds + self._preparation.take() + (measured.seconds if measured else 0.0),
            images_per_second=images_per_second,
            memory_bytes=peak_memory(self._device),
        )
        self.epoch, self.step = self.epoch + 1, 0
        return metrics

    def state(self) -> StageState:
        """Return a copy of the training's state, on the CPU."""
        network = self.network.state_dict()
        return StageState(
            epoch=self.epoch,
            step=self.step,
            seconds=self._watch.seconds,
            network={name: saved(tensor) for name, tensor in network.items()},
            weights=self._weights.state(),
            alphas=self._alphas.state(),
            generators=self._generators.states(),
            device_type=self._device.type,
            accumulate=self.accumulation,
            validation=self._validation.state(),
            pushes=self._pushes.state(),
            class_counts=self.class_counts,
            collapsed=self.collapsed,
            processes=self._share.processes,
        )

    def restore(self, state: StageState) -> None:
        """Continue from a state, which stays as it is."""
        self.epoch, self.step, self._watch.seconds = state.epoch, state.step, state.seconds
        self.network.load_state_dict(state.network)
        self._weights.restore(state.weights)
        self._alphas.restore(state.alphas)
        self._generators.restore(state.generators)
        if state.pushes is not None:
            self._pushes.restore(state.pushes)
        self.class_counts, self.collapsed = state.class_counts, state.collapsed
        if state.validation is not None:
            self._validation.restore(state.validation)

    def pushes(self) -> PushRecord:
        """Return what was kept of the pushes on the alphas; waits for the device."""
        return self._pushes.record()

    def _end_validation(self) -> Validated | None:
        return self._validation.end() if self.batches_to_validate else None

    def _refuse_divergence(self, *measured: Scores | None) -> None:
        losses = (scores.loss for scores in measured if scores)
        if not all(map(math.isfinite, losses)) or not self._are_alphas_finite():
            raise Diverged(stage=self.number + 1, epoch=self.epoch + 1)

    def _are_alphas_finite(self) -> bool:
        return all(bool(a.isfinite().all()) for a in self.network.architecture_parameters())
