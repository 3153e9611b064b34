"""The whole search: its stages, what it tells, and that it repeats itself to the bit."""

import itertools
import math
from dataclasses import replace
from typing import Any, TypeVar

import pytest
import torch

from pdarts_core.config import SearchConfig, StageConfig
from pdarts_core.genotype import PRIMITIVES, count_skip_connects
from pdarts_core.images.batches import Batch, DeviceBatches
from pdarts_core.pruning import derive_genotypes, prune
from pdarts_core.search import run_search
from pdarts_core.space.cells import EDGES
from pdarts_core.stages.checkpoint import load, save
from pdarts_core.stages.events import (
    BatchHalved,
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
from pdarts_core.training.failures import Diverged
from tests.support.searches import THREE_STAGES, make_config, make_dataset, without_timing

SINGLE_STAGE = (StageConfig(layers=3, num_to_keep=1, epochs=1, warmup_epochs=0),)

ONLY_TOLD = (StageStarted, KernelsFailed, NotRecorded, ProcessesChanged)
"""Events that nothing can go on from."""


def search(config: SearchConfig | None = None, **dataset: int) -> list[SearchEvent]:
    return list(run_search(config or make_config(), make_dataset(**dataset), device="cpu"))


T = TypeVar("T")


def of_type(events: list[SearchEvent], kind: type[T]) -> list[T]:
    return [event for event in events if isinstance(event, kind)]


@pytest.fixture(scope="module")
def events() -> list[SearchEvent]:
    """Of a whole search, with a stage between the first and the last."""
    return search(make_config(stages=THREE_STAGES))


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    """All that a search tells, to be told again."""
    return list(map(without_timing, search()))


def test_a_search_tells_stages_steps_epochs_prunings_and_genotypes_in_order(
    events: list[SearchEvent],
) -> None:
    epoch = ["StepFinished"] * 2 + ["BatchValidated"] * 2 + ["EpochFinished"]
    stage = ["StageStarted", *epoch, *epoch, "OperationsPruned"]
    assert [type(event).__name__ for event in events] == [*stage * 3, "GenotypesDerived"]


def test_counts_begin_at_one(events: list[SearchEvent]) -> None:
    steps = [(e.stage, e.epoch, e.step) for e in of_type(events, StepFinished)]
    assert steps == list(itertools.product((1, 2, 3), (1, 2), (1, 2)))
    assert [(e.stage, e.stages, e.steps_per_epoch) for e in of_type(events, StageStarted)] == [
        (1, 3, 2),
        (2, 3, 2),
        (3, 3, 2),
    ]
    assert [e.stage for e in of_type(events, OperationsPruned)] == [1, 2, 3]


def test_each_stage_starts_with_what_the_one_before_kept(events: list[SearchEvent]) -> None:
    started, pruned = of_type(events, StageStarted), of_type(events, OperationsPruned)
    assert started[0].kept.normal == started[0].kept.reduce == [list(PRIMITIVES)] * len(EDGES)
    for before, after in zip(pruned, started[1:], strict=False):
        assert after.kept.normal == before.cells.normal.kept_after
        assert after.kept.reduce == before.cells.reduce.kept_after
    for event, alive in zip(pruned, (5, 3, 1), strict=True):
        for cell in (event.cells.normal, event.cells.reduce):
            assert {len(operations) for operations in cell.kept_after} == {alive}


def test_pruning_follows_from_the_last_epochs_alphas(events: list[SearchEvent]) -> None:
    for stage, num_to_drop in ((1, 3), (2, 2)):
        *_, epoch = (e for e in of_type(events, EpochFinished) if e.stage == stage)
        pruned = of_type(events, OperationsPruned)[stage - 1]
        for kind, cell in pruned.cells.items():
            assert cell.alphas == getattr(epoch.alphas, kind)
            assert cell.kept_after == prune(cell.kept_before, cell.alphas, num_to_drop)
            assert len(cell.dropped) == num_to_drop * len(EDGES)


def test_genotypes_follow_from_the_last_stage(events: list[SearchEvent]) -> None:
    cells, final = of_type(events, OperationsPruned)[-1].cells, events[-1]
    assert isinstance(final, GenotypesDerived)
    derived = derive_genotypes(
        cells.normal.kept_before,
        cells.reduce.kept_before,
        cells.normal.alphas,
        cells.reduce.alphas,
    )
    assert [(g.skip_limit, g.genotype) for g in final.genotypes] == derived
    for operation, source in final.genotypes[0].genotype.normal[:2]:
        assert cells.normal.kept_after[source] == [operation]
    assert final.recommended in final.genotypes
    assert count_skip_connects(final.recommended.genotype.normal) <= 2


def test_the_limit_on_skip_connects_decides_what_is_recommended() -> None:
    final = search(make_config(stages=SINGLE_STAGE, max_skip_connects=0))[-1]
    assert isinstance(final, GenotypesDerived)
    assert final.recommended.skip_connects == 0


def test_alphas_hold_still_in_weight_epochs_and_move_in_architecture_epochs(
    events: list[SearchEvent],
) -> None:
    first = of_type(events, StepFinished)[0]
    assert first.phase == "weights"
    weights, architecture = of_type(events, EpochFinished)[:2]
    assert (weights.phase, architecture.phase) == ("weights", "architecture")
    drawn = torch.tensor(weights.alphas.normal)
    assert drawn.abs().max() < 1e-2  # as they were drawn: 1e-3·N(0, 1)
    moved = (torch.tensor(architecture.alphas.normal) - drawn).abs()
    assert moved.max() > 1e-4


def test_epochs_report_the_schedule_and_whole_measurements(events: list[SearchEvent]) -> None:
    config = make_config(stages=THREE_STAGES)
    for epoch in of_type(events, EpochFinished):
        metrics = epoch.metrics
        assert 0 <= metrics.train_accuracy <= metrics.train_top5 == 1
        assert metrics.valid_accuracy is not None
        assert metrics.valid_top5 is not None
        assert metrics.valid_loss is not None
        assert 0 <= metrics.valid_accuracy <= metrics.valid_top5 == 1
        assert math.isfinite(metrics.train_loss)
        assert math.isfinite(metrics.valid_loss)
        assert metrics.seconds > 0
        assert metrics.images_per_second > 0
        assert metrics.memory_bytes is None
        rate = config.stages[epoch.stage - 1].dropout_rate
        assert metrics.dropout_rate == rate * (0.5 if epoch.phase == "weights" else 1)
    assert of_type(events, EpochFinished)[0].metrics.learning_rate == config.learning_rate


@pytest.mark.slow
def test_only_the_last_five_epochs_of_a_stage_are_validated() -> None:
    stages = (StageConfig(layers=3, num_to_keep=1, epochs=6, warmup_epochs=6),)
    epochs = of_type(search(make_config(stages=stages), images_per_class=3), EpochFinished)
    assert [e.metrics.valid_loss is None for e in epochs] == [True] + [False] * 5
    assert [e.metrics.valid_accuracy is None for e in epochs] == [True] + [False] * 5


def test_the_same_seed_gives_the_same_search(told: list[dict[str, Any]]) -> None:
    assert list(map(without_timing, search())) == told


@pytest.mark.slow
def test_another_seed_gives_another_search() -> None:
    one, other = (
        of_type(search(make_config(stages=SINGLE_STAGE, seed=seed)), EpochFinished)[0]
        for seed in (2, 3)
    )
    assert one.alphas != other.alphas
    assert one.metrics.train_loss != other.metrics.train_loss


def test_torchs_own_generator_is_neither_read_nor_moved() -> None:
    told = []
    for seed in (1, 99):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        told.append(list(map(without_timing, search(make_config(stages=SINGLE_STAGE)))))
        assert torch.equal(torch.get_rng_state(), before)
    assert told[0] == told[1]


@pytest.mark.slow  # test_plain.py sees a step lower the loss
def test_a_search_learns() -> None:
    stages = (StageConfig(layers=3, num_to_keep=1, epochs=3, warmup_epochs=3),)
    config = make_config(stages=stages, init_channels=2, batch_size=8, learning_rate=0.1)
    epochs = of_type(search(config, classes=2, images_per_class=32), EpochFinished)
    assert epochs[-1].metrics.train_loss < epochs[0].metrics.train_loss
    accuracy = epochs[-1].metrics.valid_accuracy
    assert accuracy is not None
    assert accuracy > 0.8


@pytest.mark.sampled
@pytest.mark.parametrize("precision", ["float32", "tf32", "bf16"])
def test_every_precision_searches(precision: str) -> None:
    final = search(make_config(stages=SINGLE_STAGE, precision=precision))[-1]
    assert isinstance(final, GenotypesDerived)


def test_one_image_a_class_more_than_needed_is_enough() -> None:
    final = search(make_config(stages=SINGLE_STAGE), classes=2, images_per_class=2)[-1]
    assert isinstance(final, GenotypesDerived)


def test_a_data_set_that_cannot_be_split_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="two images"):
        run_search(make_config(), make_dataset(images_per_class=1), device="cpu")


def test_a_loss_that_is_no_number_ends_the_search() -> None:
    dataset = replace(make_dataset(), std=(1e-39, 1e-39, 1e-39))
    with pytest.raises(Diverged) as caught:
        list(run_search(make_config(), dataset, device="cpu"))
    assert (caught.value.stage, caught.value.epoch) == (1, 1)


SHORT_OF_MEMORY = make_config(stages=SINGLE_STAGE, batch_size=4)


def hold_two_images(patch: pytest.MonkeyPatch) -> None:
    """Have a device that cannot hold more than 2 images at a time in training."""
    unlimited = DeviceBatches.augmented

    def augmented(batches: DeviceBatches, indices: torch.Tensor) -> Batch:
        if len(indices) > 2:
            raise torch.OutOfMemoryError
        return unlimited(batches, indices)

    patch.setattr(DeviceBatches, "augmented", augmented)


@pytest.fixture(scope="module")
def halved() -> list[SearchEvent]:
    """All that a search tells that begins again with smaller parts."""
    with pytest.MonkeyPatch.context() as patch:
        hold_two_images(patch)
        return search(SHORT_OF_MEMORY)


class TestOutOfMemory:
    """Where a device has too little memory, a stage begins again with smaller parts."""

    config = SHORT_OF_MEMORY

    @pytest.fixture(autouse=True)
    def short_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        hold_two_images(monkeypatch)

    @pytest.mark.slow
    def test_the_search_ends_and_says_so(self, halved: list[SearchEvent]) -> None:
        assert isinstance(halved[-1], GenotypesDerived)
        (told,) = of_type(halved, BatchHalved)
        assert (told.stage, told.images_at_once, told.accumulation) == (1, 2, 2)

    @pytest.mark.slow
    def test_parts_are_those_of_the_images_that_there_are(self) -> None:
        events = search(replace(self.config, batch_size=64), classes=2, images_per_class=8)
        halved = [(one.images_at_once, one.accumulation) for one in of_type(events, BatchHalved)]
        assert halved == [(4, 2), (2, 4)]

    def test_no_part_is_a_single_image(self) -> None:
        with pytest.raises(torch.OutOfMemoryError):
            search(replace(self.config, batch_size=64), classes=2, images_per_class=6)

    def test_the_stage_is_told_anew(self, halved: list[SearchEvent]) -> None:
        kinds = [type(event).__name__ for event in halved[:4]]
        assert kinds == ["StageStarted", "BatchHalved", "StageStarted", "StepFinished"]
        assert [started.accumulation for started in of_type(halved, StageStarted)] == [1, 2]

    @pytest.mark.slow
    def test_a_checkpoint_remembers_the_parts(self, halved: list[SearchEvent]) -> None:
        run = run_search(self.config, make_dataset(), device="cpu")
        *_, stopped = itertools.islice(run, 5)
        assert isinstance(stopped, StepFinished)
        checkpoint = load(save(stopped.snapshot()))
        rest = run_search(self.config, make_dataset(), device="cpu", checkpoint=checkpoint)
        assert [without_timing(e) for e in rest] == [without_timing(e) for e in halved[5:]]

    def test_the_stage_can_be_gone_on_with_from_where_it_begins_again(
        self, halved: list[SearchEvent]
    ) -> None:
        (told,) = of_type(halved, BatchHalved)
        begin = load(save(told.snapshot()))
        again = run_search(self.config, make_dataset(), device="cpu", checkpoint=begin)
        assert list(map(without_timing, again)) == list(map(without_timing, halved))

    def test_it_is_an_error_where_that_is_wanted(self) -> None:
        config = make_config(halve_batches=False)
        run = run_search(config, make_dataset(), device="cpu")
        with pytest.raises(torch.OutOfMemoryError):
            list(run)

    def test_it_is_an_error_where_single_images_would_be_left(self) -> None:
        run = run_search(make_config(batch_size=3), make_dataset(), device="cpu")
        with pytest.raises(torch.OutOfMemoryError):
            list(run)


class TestInterrupted:
    """A search that stops anywhere and goes on from saved bytes is the same search."""

    @pytest.mark.slow
    def test_after_every_single_event(self, told: list[dict[str, Any]]) -> None:
        again: list[dict[str, Any]] = []
        saved: bytes | None = None
        while not again or again[-1]["event"] != "GenotypesDerived":
            checkpoint = load(saved) if saved else None
            run = run_search(make_config(), make_dataset(), device="cpu", checkpoint=checkpoint)
            event = next(run)
            again.append(without_timing(event))
            if isinstance(event, StageStarted):  # the only event that nothing can go on from
                event = next(run)
                again.append(without_timing(event))
            assert not isinstance(event, ONLY_TOLD)
            if not isinstance(event, GenotypesDerived):
                saved = save(event.snapshot())
        assert again == told

    @pytest.mark.sampled
    @pytest.mark.parametrize("stop", [3, 10, 11, 13])
    def test_and_a_checkpoint_stays_as_it_was_while_the_search_goes_on(
        self, stop: int, told: list[dict[str, Any]]
    ) -> None:
        run = run_search(make_config(), make_dataset(), device="cpu")
        event = list(itertools.islice(run, stop + 1))[-1]
        assert not isinstance(event, (*ONLY_TOLD, GenotypesDerived))
        checkpoint = event.snapshot()
        before = save(checkpoint)
        list(itertools.islice(run, 5))
        assert save(checkpoint) == before
        rest = run_search(make_config(), make_dataset(), device="cpu", checkpoint=checkpoint)
        assert [without_timing(event) for event in rest] == told[stop + 1 :]
        assert save(checkpoint) == before
