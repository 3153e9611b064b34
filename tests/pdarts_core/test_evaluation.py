"""A whole evaluation: its events, what it ends with, and that it goes on exactly after a stop."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from pdarts_core.evaluation import run_evaluation
from pdarts_core.images.augmentation import normalise
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.interop import PublishedWeightsError
from pdarts_core.network import Network
from pdarts_core.recipe.checkpoint import CheckpointError, CheckpointMismatch, load, save
from pdarts_core.recipe.events import (
    EvaluationBatchHalved,
    EvaluationEpochFinished,
    EvaluationEvent,
    EvaluationStarted,
    EvaluationStepFinished,
    EvaluationTested,
)
from pdarts_core.recipe.figures import EvaluationResult
from pdarts_core.recipe.test_set import TestSetMismatch
from pdarts_core.recipe.training import EvaluationTraining, make_network
from pdarts_core.training.failures import Diverged
from tests.support.evaluations import (
    GENOTYPE,
    finished,
    make_config,
    of_type,
    run,
    without_timing,
)
from tests.support.genotypes import random_genotype
from tests.support.searches import make_dataset

TRAIN, TEST = make_dataset(seed=0), make_dataset(seed=1, images_per_class=5)
STEPS, VALIDATIONS, TESTS = 4, 2, 3


@pytest.fixture(scope="module")
def events() -> list[EvaluationEvent]:
    return run(make_config(), test=TEST)


@pytest.fixture(scope="module")
def result(events: list[EvaluationEvent]) -> EvaluationResult:
    return finished(events).result


class TestEvents:
    def test_everything_comes_in_its_order(self, events: list[EvaluationEvent]) -> None:
        names = [type(event).__name__.removeprefix("Evaluation") for event in events]

        epoch = ["StepFinished"] * STEPS + ["BatchValidated"] * VALIDATIONS + ["EpochFinished"]
        assert names == ["Started", *epoch, *epoch, *["BatchTested"] * TESTS, "Tested", "Finished"]

    def test_the_start_tells_what_is_trained(self, events: list[EvaluationEvent]) -> None:
        (started,) = of_type(EvaluationStarted, events)

        assert (started.epochs, started.steps_per_epoch) == (2, STEPS)
        assert (started.train_images, started.valid_images) == (18, 6)
        assert started.accumulation == 1

    def test_the_recipe_changes_from_epoch_to_epoch(self, events: list[EvaluationEvent]) -> None:
        first, second = of_type(EvaluationEpochFinished, events)

        assert (first.epoch, second.epoch) == (1, 2)
        assert (first.metrics.learning_rate, second.metrics.learning_rate) == (0.1, 0.05)
        assert (first.metrics.drop_path_prob, second.metrics.drop_path_prob) == (0.0, 0.15)

    def test_a_last_batch_of_one_image_is_left_out(self) -> None:
        config = make_config(valid_portion=0.0, batch_size=23, epochs=1)

        assert len(of_type(EvaluationStepFinished, run(config, test=TEST))) == 1

    def test_arguments_are_checked_at_once(self) -> None:
        with pytest.raises(ValueError, match="neither a test set nor any held-out image"):
            run_evaluation(make_config(valid_portion=0.0), GENOTYPE, TRAIN, None, device="cpu")
        with pytest.raises(ValueError, match="needs weights"):
            run_evaluation(make_config(epochs=0), GENOTYPE, TRAIN, TEST, device="cpu")

    def test_weights_of_another_genotype_are_refused_at_once(self) -> None:
        other = Network(random_genotype(2), init_channels=2, num_classes=3, layers=3).state_dict()

        with pytest.raises(PublishedWeightsError, match="missing tensors"):
            run_evaluation(make_config(), GENOTYPE, TRAIN, TEST, device="cpu", weights=other)

    def test_a_loss_that_is_not_finite_ends_it_with_the_epoch(self) -> None:
        with pytest.raises(Diverged, match=r"not finite in epoch 1$"):
            run(make_config(learning_rate=10.0, grad_clip=1e6, weight_decay=1.0, epochs=30))


class TestResult:
    def test_it_is_of_the_test_set_and_the_last_epoch(
        self, events: list[EvaluationEvent], result: EvaluationResult
    ) -> None:
        again = run(make_config(epochs=0), test=TEST, weights=finished(events).weights)

        assert result.source == "test"
        assert finished(again).result.measured == result.measured
        assert result.measured.accuracy.images == len(TEST)

    def test_its_figures_fit_each_other(self, result: EvaluationResult) -> None:
        measured = result.measured

        rows = measured.confusion
        assert [sum(row) for row in rows] == [5, 5, 5]
        assert [row[place] for place, row in enumerate(rows)] == [c.hits for c in measured.classes]
        assert measured.accuracy.value == sum(c.hits for c in measured.classes) / 15
        assert [c.name for c in measured.classes] == list(TRAIN.class_names)
        for figure in (measured.accuracy, measured.balanced_accuracy, measured.loss):
            assert figure.interval[0] < figure.value < figure.interval[1]

    def test_it_names_the_images_that_were_most_surely_mistaken(
        self, events: list[EvaluationEvent], result: EvaluationResult
    ) -> None:
        weights = finished(events).weights
        network = make_network(make_config(), GENOTYPE, 3).eval()
        network.load_state_dict(dict(weights))
        seen = normalise(TEST.images, torch.tensor(TRAIN.mean), torch.tensor(TRAIN.std))
        with torch.no_grad():
            shares = network(seen)[0].softmax(1)
        sure, taken_for = shares.max(1)
        wrong = [place for place in range(15) if taken_for[place] != TEST.labels[place]]
        wrong.sort(key=lambda place: -float(sure[place]))

        assert wrong
        assert [image.place for image in result.wrong] == wrong
        for image in result.wrong:
            assert image.true_class == TEST.labels[image.place]
            assert image.taken_for == taken_for[image.place]
            assert image.probability == pytest.approx(float(sure[image.place]), rel=1e-4)

    def test_the_held_out_images_choose_the_best_epoch(
        self, events: list[EvaluationEvent], result: EvaluationResult
    ) -> None:
        epochs = of_type(EvaluationEpochFinished, events)
        accuracies = [e.metrics.validation.accuracy for e in epochs if e.metrics.validation]
        best = max(accuracies, key=lambda accuracy: accuracy.value)

        assert result.best is not None
        assert result.best.accuracy == best
        assert result.best.epoch == accuracies.index(best) + 1
        assert result.last_epochs is not None
        assert result.last_epochs.value == pytest.approx(sum(a.value for a in accuracies) / 2)
        assert result.last_epochs.images == 6

    def test_without_a_test_set_it_is_of_the_held_out_images_and_says_so(
        self, result: EvaluationResult
    ) -> None:
        held_out = finished(run(make_config())).result

        assert held_out.source == "validation"
        assert held_out.measured == held_out.validation == result.validation

    def test_without_held_out_images_there_is_no_best_epoch(self) -> None:
        ended = finished(run(make_config(valid_portion=0.0, epochs=1), test=TEST))

        told = (ended.result.best, ended.result.last_epochs, ended.result.validation)
        assert told == (None, None, None)
        assert ended.best_weights is None

    def test_weights_can_be_tested_on_held_out_images(self, events: list[EvaluationEvent]) -> None:
        trained = finished(events)
        config = make_config(epochs=0)

        tested = finished(run(config, weights=trained.weights)).result

        assert tested.source == "validation"
        assert tested.measured == trained.result.validation
        assert tested.images_per_second is None

    def test_the_network_counts_without_its_auxiliary_head(
        self, events: list[EvaluationEvent], result: EvaluationResult
    ) -> None:
        weights = finished(events).weights
        parameters = [n for n in weights if not n.endswith(("_mean", "_var", "_tracked"))]

        assert any("auxiliary_head" in name for name in parameters)
        own = [name for name in parameters if "auxiliary_head" not in name]
        assert result.parameters == sum(weights[name].numel() for name in own)


class TestTestSet:
    def test_nothing_opens_it_before_the_training_is_over(self) -> None:
        seen: list[str] = []

        def open_test_set() -> ImageDataset:
            seen.append("opened")
            return TEST

        events = run_evaluation(make_config(), GENOTYPE, TRAIN, open_test_set, device="cpu")
        seen.extend(type(event).__name__ for event in events)

        place = seen.index("opened")
        assert seen[place - 1] == "EvaluationEpochFinished"
        end = ["EvaluationTested", "EvaluationFinished"]
        assert seen[place + 1 :] == ["EvaluationBatchTested"] * TESTS + end

    def test_nothing_opens_it_again_once_the_test_is_over(
        self, events: list[EvaluationEvent]
    ) -> None:
        running = run_evaluation(make_config(), GENOTYPE, TRAIN, TEST, device="cpu")
        tested = next(event for event in running if isinstance(event, EvaluationTested))
        checkpoint = load(save(tested.snapshot()))

        def refuse() -> ImageDataset:
            raise AssertionError("the test set was opened twice")

        rest = run_evaluation(
            make_config(), GENOTYPE, TRAIN, refuse, device="cpu", checkpoint=checkpoint
        )

        assert told(list(rest)) == told(events[-1:])

    def test_what_is_in_it_changes_nothing_but_the_result(
        self, events: list[EvaluationEvent]
    ) -> None:
        other = run(make_config(), test=make_dataset(seed=9, images_per_class=5))

        assert told(other[: -TESTS - 2]) == told(events[: -TESTS - 2])

    def test_its_classes_are_matched_by_name(self, result: EvaluationResult) -> None:
        order = torch.tensor([2, 0, 1])
        names = tuple(TEST.class_names[place] for place in order)
        shuffled = replace(TEST, class_names=names, labels=torch.argsort(order)[TEST.labels])

        assert finished(run(make_config(), test=shuffled)).result.measured == result.measured

    def test_a_class_that_the_training_set_lacks_is_refused(self) -> None:
        strange = replace(TEST, class_names=("class 0", "class 1", "tulip"))

        with pytest.raises(TestSetMismatch, match="tulip"):
            run(make_config(epochs=1), test=strange)

    def test_it_is_normalised_like_the_training_set(self, result: EvaluationResult) -> None:
        other = replace(TEST, mean=(0.0, 0.0, 0.0), std=(9.0, 9.0, 9.0))

        assert finished(run(make_config(), test=other)).result.measured == result.measured


IMAGENET = {
    "schedule": "linear",
    "augmentation": "resized_crop",
    "color_jitter": 0.1,
    "label_smoothing": 0.1,
}


@pytest.mark.parametrize("recipe", [{}, IMAGENET], ids=["cifar", "imagenet"])
@pytest.mark.sampled
def test_a_network_learns_to_tell_classes_apart(recipe: dict[str, Any]) -> None:
    config = make_config(
        epochs=8,
        batch_size=8,
        init_channels=4,
        learning_rate=0.05,
        drop_path_prob=0.0,
        cutout=False,
        mixup=0.0,
        valid_portion=0.0,
        **recipe,
    )

    events = run(config, train=make_dataset(images_per_class=16), test=make_dataset(seed=1))

    assert finished(events).result.measured.accuracy.interval[0] > 1 / 2


def told(events: list[EvaluationEvent]) -> list[dict[str, Any]]:
    return [without_timing(event) for event in events]


class TestResuming:
    # After steps, in a validation, after epochs, in the test, after it.
    @pytest.mark.parametrize("stop", [1, 3, 4, 5, 6, 7, 8, 11, 14, 15, 17, 18])
    def test_it_ends_to_the_bit_as_if_it_had_not_stopped(
        self, stop: int, events: list[EvaluationEvent]
    ) -> None:
        begun = run_evaluation(make_config(), GENOTYPE, TRAIN, TEST, device="cpu")
        last: Any = None
        for _ in range(stop + 1):
            last = next(begun)
        checkpoint = load(save(last.snapshot()))

        rest = run(make_config(), test=TEST, checkpoint=checkpoint)

        assert told(rest) == told(events[stop + 1 :])

    def test_a_snapshot_stays_as_it_is(self) -> None:
        running = run_evaluation(make_config(), GENOTYPE, TRAIN, TEST, device="cpu")
        event: Any = [next(running) for _ in range(3)][-1]
        snapshot = event.snapshot()
        before = save(snapshot)

        for _ in range(3):
            next(running)

        assert save(snapshot) == before

    @pytest.mark.parametrize(
        "other",
        [
            {"config": make_config(learning_rate=0.2)},
            {"genotype": random_genotype(2)},
            {"train": make_dataset(seed=3)},
        ],
    )
    def test_another_evaluations_checkpoint_is_refused(self, other: dict[str, Any]) -> None:
        own: dict[str, Any] = {"config": make_config(), "genotype": GENOTYPE, "train": TRAIN}
        events = run_evaluation(**own, test=TEST, device="cpu")
        next(events)
        step: Any = next(events)

        with pytest.raises(CheckpointMismatch):
            run_evaluation(**own | other, test=TEST, device="cpu", checkpoint=step.snapshot())

    def test_a_damaged_checkpoint_is_refused(self) -> None:
        events = run_evaluation(make_config(), GENOTYPE, TRAIN, TEST, device="cpu")
        next(events)
        step: Any = next(events)
        data = bytearray(save(step.snapshot()))
        data[len(data) // 2] ^= 1

        with pytest.raises(CheckpointError, match="sha256"):
            load(bytes(data))


class TestMemory:
    @pytest.fixture
    def _little_memory(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Memory for five images at once until the second epoch, and for three from then on."""
        advance = EvaluationTraining.advance

        def advance_if_it_fits(training: EvaluationTraining) -> None:
            at_once = -(-training.config.batch_size // training.accumulation)
            if at_once > 3 and (training.epoch, training.step) == (1, 1):
                raise MemoryError
            advance(training)

        monkeypatch.setattr(EvaluationTraining, "advance", advance_if_it_fits)
        return iter(())

    @pytest.mark.usefixtures("_little_memory")
    def test_the_epoch_starts_again_with_smaller_parts(self) -> None:
        events = run(make_config(), test=TEST)

        (halved,) = of_type(EvaluationBatchHalved, events)
        assert (halved.epochs, halved.images_at_once, halved.accumulation) == (1, 3, 2)
        after = events[events.index(halved) + 1 :]
        steps = [(event.epoch, event.step) for event in of_type(EvaluationStepFinished, after)]
        assert steps == [(2, step) for step in range(1, STEPS + 1)]
        assert told(run(make_config(), test=TEST, checkpoint=halved.snapshot())) == told(after)

    @pytest.mark.usefixtures("_little_memory")
    def test_it_ends_if_batches_must_stay_whole(self) -> None:
        with pytest.raises(MemoryError):
            run(make_config(halve_batches=False), test=TEST)
