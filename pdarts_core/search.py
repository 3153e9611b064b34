"""The whole search: its stages in order, reported as events (arXiv 1904.12760)."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pdarts_core.config import SearchConfig
from pdarts_core.config_fields import LEAST_IMAGES_AT_ONCE
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.images.sampling import Halves, split_by_class
from pdarts_core.parallel.communicator import ALONE, Communicator, StartAnew
from pdarts_core.pruning import (
    derive_genotypes,
    recommend,
    weighted,
)
from pdarts_core.search_network import SearchNetwork
from pdarts_core.signal.verdict import judge
from pdarts_core.space.alphas import alpha_table
from pdarts_core.space.cells import AlphaTable, CellPair, KeptOperations, all_operations
from pdarts_core.stages.checkpoint import (
    Checkpoint,
    CheckpointMismatch,
    StageResult,
    StageState,
    check_device,
    check_processes,
)
from pdarts_core.stages.events import (
    BatchHalved,
    BatchValidated,
    Collapse,
    EpochFinished,
    GenotypesDerived,
    KernelsFailed,
    NotRecorded,
    OperationsPruned,
    ProcessesChanged,
    SearchEvent,
    StageStarted,
    StepFinished,
)
from pdarts_core.stages.fingerprint import fingerprint, first_fingerprint
from pdarts_core.stages.generators import make_generator
from pdarts_core.stages.stage_end import end_stage
from pdarts_core.stages.stage_training import StageTraining, make_network
from pdarts_core.training.failures import is_out_of_memory
from pdarts_core.training.usage import give_memory_back


def run_search(
    config: SearchConfig,
    dataset: ImageDataset,
    *,
    device: torch.device | str,
    checkpoint: Checkpoint | None = None,
    communicator: Communicator = ALONE,
) -> Iterator[SearchEvent]:
    """Search for a genotype.

    All random numbers follow from the configuration's seed: on a CPU, the same arguments give the
    same events, to the bit. With a checkpoint, the events are those that came after it was taken.

    Args:
        config: what to search for, and how.
        dataset: the training set; it is split in two for weights and alphas.
        device: where to keep networks and images.
        checkpoint: where to continue, from a search with the same configuration and data set.
        communicator: to processes that run the same search, each on a part of every batch. They
            all are given the same arguments but for the device, and make the same events.

    Returns:
        The events, as the search makes them; the last one carries the genotypes. Asking for the
        next event may raise Diverged, or whatever torch raises when memory runs out. With several
        processes, ProcessLost as well, and StartAnew: after BatchHalved, all of them must begin
        again with its checkpoint.

    Raises:
        ValueError: the data set has no class with two images.
        CheckpointMismatch: the checkpoint belongs to another search, type of device or version of
            the search network, or was taken within an epoch by another number of processes.
    """
    place = torch.device(device)
    mark = fingerprint(config, dataset)
    if checkpoint is None:
        kept = CellPair(normal=all_operations(), reduce=all_operations())
        checkpoint = Checkpoint(fingerprint=mark, stage=0, kept=kept, results=(), state=None)
    elif checkpoint.fingerprint not in {mark, first_fingerprint(config, dataset)}:
        raise CheckpointMismatch("the checkpoint belongs to another configuration or data set")
    checkpoint = replace(checkpoint, fingerprint=mark)
    if checkpoint.state is not None:
        _check_stage(checkpoint, checkpoint.state, config, dataset.num_classes, place)
        check_processes(
            before=checkpoint.state.processes,
            now=communicator.size,
            is_between_epochs=checkpoint.state.is_between_epochs,
        )
    generator = make_generator(config.seed, "split")
    halves = split_by_class(dataset.labels, config.train_portion, generator)
    search = _Search(
        config=config,
        dataset=dataset.to(place),
        halves=Halves(*(indices.to(place) for indices in halves)),
        communicator=communicator,
    )
    return search.go_on(checkpoint)


def _check_stage(
    checkpoint: Checkpoint,
    state: StageState,
    config: SearchConfig,
    num_classes: int,
    device: torch.device,
) -> None:
    check_device(before=state.device_type, now=device.type)
    with torch.random.fork_rng(devices=[]):
        network = make_network(config, checkpoint.stage, checkpoint.kept, num_classes)
    if _shapes(network.state_dict()) != _shapes(state.network):
        raise CheckpointMismatch("the checkpoint belongs to another version of the search network")


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in tensors.items()}


@dataclass(frozen=True, kw_only=True)
class _Search:
    config: SearchConfig
    dataset: ImageDataset
    halves: Halves
    communicator: Communicator

    @property
    def _batches(self) -> tuple[int, int]:
        """Images of a step of the weights, and of one of the alphas."""
        weights, alphas = len(self.halves.weights), len(self.halves.alphas)
        return min(self.config.batch_size, weights), min(self.config.batch_size, alphas)

    def go_on(self, checkpoint: Checkpoint) -> Iterator[SearchEvent]:
        if checkpoint.state and checkpoint.state.processes != self.communicator.size:
            yield ProcessesChanged(
                stage=checkpoint.stage + 1,
                epochs=checkpoint.state.epoch,
                before=checkpoint.state.processes,
                now=self.communicator.size,
            )
        while checkpoint.stage < len(self.config.stages):
            checkpoint = yield from self._run_stage(checkpoint)
        yield _derive(checkpoint.results, self.config.max_skip_connects)

    def _run_stage(self, begin: Checkpoint) -> Generator[SearchEvent, None, Checkpoint]:
        """Run a stage, in as many parts of a batch as memory requires; return the next start."""
        accumulate = begin.state.accumulate if begin.state else begin.accumulate
        while True:
            try:
                return (yield from self._train_and_prune(begin, accumulate))
            except (RuntimeError, MemoryError) as error:
                accumulate *= 2
                smallest = min(self._batches) // accumulate
                may_halve = self.config.halve_batches and smallest >= LEAST_IMAGES_AT_ONCE
                if not may_halve or not is_out_of_memory(error):
                    raise
            # By now the error is gone, and with it whatever held the memory of the failed try.
            give_memory_back(self.dataset.images.device)
            several = self.communicator.size > 1
            begin = replace(begin, state=None, accumulate=accumulate if several else 1)
            yield BatchHalved(
                stage=begin.stage + 1,
                images_at_once=-(-max(self._batches) // accumulate),
                accumulation=accumulate,
                snapshot=lambda begin=begin: begin,  # type: ignore[misc]
            )
            if several:
                # The others were left in the middle of a step.
                raise StartAnew

    def _train_and_prune(
        self, begin: Checkpoint, accumulate: int
    ) -> Generator[SearchEvent, None, Checkpoint]:
        stage = StageTraining(
            self.config,
            begin.stage,
            begin.kept,
            self.dataset,
            self.halves,
            accumulate,
            self.communicator,
        )
        if begin.state is not None:
            stage.restore(begin.state)
        stage.prepare()
        if begin.state is None:
            yield self._started(stage, begin.kept)
        if stage.kernels_failed is not None:
            yield KernelsFailed(stage=stage.number + 1, reason=stage.kernels_failed)
        if stage.not_recorded is not None:
            yield NotRecorded(stage=stage.number + 1, reason=stage.not_recorded)

        def snapshot() -> Checkpoint:
            return replace(begin, state=stage.state())

        while not stage.is_over:
            yield from _run_epoch(stage, snapshot)
        alphas = alphas_of(stage.network)
        is_last = begin.stage == len(self.config.stages) - 1
        end = end_stage(
            begin.kept,
            alphas,
            stage.pushes(),
            stage.class_counts,
            num_to_keep=None if is_last else self.config.stages[begin.stage].num_to_keep,
        )
        cells = end.cells
        after = Checkpoint(
            fingerprint=begin.fingerprint,
            stage=begin.stage + 1,
            kept=CellPair(normal=cells.normal.kept_after, reduce=cells.reduce.kept_after),
            results=(
                *begin.results,
                StageResult(kept=begin.kept, alphas=alphas, evidence=end.evidence),
            ),
            state=None,
        )
        yield OperationsPruned(
            stage=stage.number + 1, cells=cells, signal=end.signal, snapshot=lambda: after
        )
        return after

    def _started(self, stage: StageTraining, kept: CellPair[KeptOperations]) -> StageStarted:
        return StageStarted(
            stage=stage.number + 1,
            stages=len(self.config.stages),
            layers=stage.config.layers,
            accumulation=stage.accumulation,
            epochs=stage.config.epochs,
            init_channels=self.config.channels_of(stage.number),
            steps_per_epoch=stage.steps_per_epoch,
            parameters=sum(p.numel() for p in stage.network.weight_parameters()),
            kept=kept,
        )


def alphas_of(network: SearchNetwork) -> CellPair[AlphaTable]:
    """Return a network's architecture parameters as plain numbers."""
    return CellPair(
        normal=alpha_table(network.alphas_normal), reduce=alpha_table(network.alphas_reduce)
    )


def _run_epoch(stage: StageTraining, snapshot: Callable[[], Checkpoint]) -> Iterator[SearchEvent]:
    phase = stage.phase
    stage.begin_epoch()
    while stage.step < stage.steps_per_epoch:
        stage.advance()
        yield StepFinished(
            stage=stage.number + 1,
            epoch=stage.epoch + 1,
            step=stage.step,
            steps=stage.steps_per_epoch,
            phase=phase,
            snapshot=snapshot,
        )
    while stage.validated < stage.batches_to_validate:
        stage.validate()
        yield BatchValidated(
            stage=stage.number + 1,
            epoch=stage.epoch + 1,
            batch=stage.validated,
            batches=stage.batches_to_validate,
            snapshot=snapshot,
        )
    knew = stage.collapsed
    metrics = stage.end_epoch()
    collapse = None
    if stage.collapsed and not knew:
        ends_early = stage.is_over and stage.epoch < stage.config.epochs
        collapse = Collapse(skip_connects=stage.skip_connects, ends_stage=ends_early)
    yield EpochFinished(
        stage=stage.number + 1,
        epoch=stage.epoch,
        phase=phase,
        metrics=metrics,
        alphas=alphas_of(stage.network),
        collapse=collapse,
        snapshot=snapshot,
    )


def _derive(results: Sequence[StageResult], max_skip_connects: int) -> GenotypesDerived:
    last = results[-1]
    derived = derive_genotypes(
        last.kept.normal, last.kept.reduce, last.alphas.normal, last.alphas.reduce
    )
    genotypes = tuple(
        weighted(limit, genotype, last.kept, last.alphas) for limit, genotype in derived
    )
    evidence = [result.evidence for result in results if result.evidence is not None]
    return GenotypesDerived(
        genotypes=genotypes,
        recommended=recommend(genotypes, max_skip_connects),
        signal=judge(evidence) if len(evidence) == len(results) else None,
    )
