"""A verdict says clear where the pushes on the alphas agree, and nothing where they are noise."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdarts_core.config import StageConfig
from pdarts_core.search import run_search
from pdarts_core.signal.class_counts import ClassCounts
from pdarts_core.signal.evidence import BLOCKS, PushRecord, in_errors
from pdarts_core.signal.verdict import Signal, StageEvidence, Verdict, judge
from pdarts_core.space.cells import CELL_KINDS, EDGES, CellPair, all_operations
from pdarts_core.space.operations import OPERATIONS
from pdarts_core.stages.events import OperationsPruned
from pdarts_core.stages.stage_end import StageEnd, end_stage
from tests.support.searches import make_config, make_dataset

Push = Callable[[int, int], float]
"""The push on an operation of an edge, both by their places."""

STEPS_PER_BLOCK = 4
LEARNED = ClassCounts(images=(500, 500), hits=(450, 475), predictions=(475, 525))
GUESSED = ClassCounts(images=(500, 500), hits=(260, 252), predictions=(508, 492))
FITTED = ClassCounts(images=(170,) * 6, hits=(40, 39, 38, 40, 39, 38), predictions=(170,) * 6)
"""As alphas did on labels that were dealt out again: 23% where guessing gives 17."""


def pushed(push: Push, *, rate: float = 0.05, noise: float = 0.0, seed: int = 0) -> PushRecord:
    """A stage in which alphas that start at 0 follow their pushes, and the noise in them."""
    chance = random.Random(seed)
    places, drawn = _table(lambda *_: 0.0), _table(lambda *_: 0.0)
    sums, ends = [], []
    for _ in range(BLOCKS):
        total = _table(lambda *_: 0.0)
        for _ in range(STEPS_PER_BLOCK):
            here = _table(lambda edge, place: push(edge, place) + chance.gauss(0, noise))
            ends_here = places
            places = _sum(places, here, -rate)
            total = _sum(total, here, 1.0)
        sums.append(total)
        ends.append(ends_here)
    return PushRecord(steps=[STEPS_PER_BLOCK] * BLOCKS, sums=sums, places=ends, drawn=drawn)


def _table(value: Push) -> list[list[list[float]]]:
    return [
        [[value(edge, place) for place in range(len(OPERATIONS))] for edge in range(len(EDGES))]
        for _ in CELL_KINDS
    ]


def _sum(
    left: list[list[list[float]]], right: list[list[list[float]]], factor: float
) -> list[list[list[float]]]:
    return [
        [[a + factor * b for a, b in zip(*rows, strict=True)] for rows in zip(*tables, strict=True)]
        for tables in zip(left, right, strict=True)
    ]


def ended(
    record: PushRecord,
    *,
    counts: ClassCounts | None = LEARNED,
    alphas: object = None,
    num_to_keep: int | None = None,
) -> StageEnd:
    tables = alphas if isinstance(alphas, list) else record.blocks[-1].places
    normal, reduce = (tuple(map(tuple, table)) for table in tables)
    return end_stage(
        CellPair(normal=all_operations(), reduce=all_operations()),
        CellPair(normal=normal, reduce=reduce),
        record,
        counts,
        num_to_keep=num_to_keep,
    )


def judged(
    record: PushRecord, *, counts: ClassCounts | None = LEARNED, alphas: object = None
) -> Signal:
    return ended(record, counts=counts, alphas=alphas).signal


def one_wins(edge: int, place: int) -> float:
    """The last operation is pushed up on each edge, more so on later edges."""
    return -0.02 - 0.002 * edge if place == len(OPERATIONS) - 1 else 0.02


def test_a_steady_push_that_lowers_the_loss_is_clear() -> None:
    signal = judged(pushed(one_wins, noise=0.02))
    assert signal.verdict == "clear"
    assert signal.decided > signal.undecided


def test_each_dropped_operation_says_whether_it_went_by_more_than_chance() -> None:
    end = ended(pushed(one_wins, noise=0.02), num_to_keep=5)
    cells = (end.cells.normal, end.cells.reduce)
    for cell in cells:
        assert cell.decided <= {(drop.edge, drop.operation) for drop in cell.dropped}
    assert sum(len(cell.decided) for cell in cells) == end.signal.decided > 0


def test_nothing_went_by_more_than_chance_where_the_network_only_guesses() -> None:
    end = ended(pushed(one_wins, noise=0.02), counts=GUESSED, num_to_keep=5)
    assert not end.cells.normal.decided
    assert not end.cells.reduce.decided


def test_the_pushes_of_a_real_search_reach_its_verdict() -> None:
    """The second of two stages, whose network learns to tell three kinds of brightness apart."""
    first = StageConfig(layers=3, num_to_keep=2, epochs=1, warmup_epochs=0)
    second = StageConfig(layers=3, num_to_keep=1, epochs=5, warmup_epochs=1)
    config = make_config(
        batch_size=20,
        init_channels=2,
        stages=(first, second),
        learning_rate=0.05,
        arch_learning_rate=0.1,
        crop_padding=0,
        flip=False,
        cutout=False,
        seed=1,
    )
    events = run_search(config, make_dataset(images_per_class=40), device="cpu")
    *_, end = (event for event in events if isinstance(event, OperationsPruned))
    assert end.signal.gain is not None, end.signal.reason
    assert end.signal.agreement, "without pushes it is 0"
    assert "standard errors from chance" in end.signal.reason


@pytest.mark.parametrize("counts", [GUESSED, FITTED, None])
def test_no_push_is_a_finding_where_the_network_only_guesses(counts: ClassCounts | None) -> None:
    signal = judged(pushed(one_wins, noise=0.02), counts=counts)
    assert (signal.verdict, signal.decided, signal.gain) == ("none", 0, None)


def test_a_lead_that_alphas_can_buy_on_their_own_images_names_what_would_tell() -> None:
    signal = judged(pushed(one_wins, noise=0.02), counts=FITTED)
    assert "22.9% of 1,020 images right" in signal.reason
    assert "196 numbers fitted to noise could reach that much" in signal.reason
    assert signal.reason.endswith("Only about 37.7% or more would show that it learned.")


def test_where_images_are_too_few_for_any_accuracy_to_tell_the_reason_says_so() -> None:
    few = ClassCounts(images=(50, 50), hits=(49, 49), predictions=(50, 50))
    signal = judged(pushed(one_wins, noise=0.02), counts=few)
    assert signal.verdict == "none"
    assert "Only more images could show that it learned" in signal.reason


def test_the_reason_is_that_of_the_last_stage_that_trained_alphas() -> None:
    untrained = replace(stage(counts=LEARNED), steps=0)
    signal = judge([stage(counts=GUESSED), untrained])
    assert "51.2% of 1,000 images right" in signal.reason


def test_fewer_alphas_can_buy_less() -> None:
    many = replace(stage(counts=FITTED), free_alphas=196)
    assert judge([many]).verdict == "none"
    assert judge([replace(many, free_alphas=1)]).verdict == "clear"


def test_noise_is_no_finding() -> None:
    verdicts = [judged(pushed(lambda *_: 0.0, noise=0.02, seed=seed)).verdict for seed in range(20)]
    assert verdicts.count("none") >= 19
    assert "clear" not in verdicts


def test_a_push_that_hardly_moves_the_loss_is_no_finding() -> None:
    signal = judged(pushed(lambda edge, place: one_wins(edge, place) / 50))
    assert signal.verdict == "none"
    assert signal.gain is not None
    assert signal.gain < 0.01


def test_alphas_that_did_not_come_from_the_pushes_are_no_finding() -> None:
    drawn = random.Random(1)
    anew = _table(lambda *_: drawn.gauss(0, 1e-3))
    assert judged(pushed(one_wins, noise=0.02), alphas=anew).verdict == "none"


def test_a_stage_without_steps_of_the_alphas_says_so() -> None:
    empty = _table(lambda *_: 0.0)
    record = PushRecord(
        steps=[0] * BLOCKS, sums=[empty] * BLOCKS, places=[empty] * BLOCKS, drawn=empty
    )
    signal = judged(record, alphas=empty)
    assert signal.verdict == "none"
    assert signal.reason.startswith("No alphas were trained")


def stage(
    *, decided: int = 100, undecided: int = 0, gain: float = 0.2, counts: ClassCounts = LEARNED
) -> StageEvidence:
    return StageEvidence(
        decided=decided,
        undecided=undecided,
        fall=gain * counts.chance_loss,
        agreement=4.0,
        steps=64,
        counts=counts,
    )


@pytest.mark.parametrize(
    ("stages", "verdict", "decided"),
    [
        ([stage(), stage()], "clear", 200),
        ([stage(), stage(decided=0, undecided=100, gain=0.0)], "clear", 100),
        ([stage(decided=20, undecided=80)], "clear", 20),
        ([stage(decided=19, undecided=81)], "weak", 19),
        ([stage(decided=8, undecided=92)], "weak", 8),
        ([stage(decided=7, undecided=93)], "none", 0),
        ([stage(gain=0.02)], "weak", 100),
        ([stage(), stage(counts=GUESSED)], "clear", 100),
        ([stage(counts=GUESSED), stage(counts=GUESSED)], "none", 0),
    ],
)
def test_stages_count_together(stages: list[StageEvidence], verdict: Verdict, decided: int) -> None:
    signal = judge(stages)
    assert (signal.verdict, signal.decided) == (verdict, decided)
    total = sum(one.decided + one.undecided for one in stages)
    assert signal.decided + signal.undecided == total


def test_where_only_too_few_choices_stand_out_the_reason_says_so() -> None:
    signal = judge([stage(decided=7, undecided=93)])
    assert "stand out from chance in the same way: 7 of 100" in signal.reason
    assert signal.reason.endswith("Those are too few.")


counts = st.integers(min_value=1, max_value=500).flatmap(
    lambda images: st.tuples(st.just(images), st.integers(0, images))
)


@given(classes=st.lists(counts, min_size=2, max_size=6))
@settings(max_examples=50)
def test_who_names_one_class_whatever_the_image_is_no_better_than_guessing(
    classes: list[tuple[int, int]],
) -> None:
    images = tuple(images for images, _ in classes)
    named = ClassCounts(
        images=images,
        hits=(images[0], *(0 for _ in images[1:])),
        predictions=(sum(images), *(0 for _ in images[1:])),
    )
    assert named.lead_over_chance == 0


@given(classes=st.lists(counts, min_size=2, max_size=6))
@settings(max_examples=50)
def test_an_accuracy_is_that_of_its_own_lead_over_chance(classes: list[tuple[int, int]]) -> None:
    images, hits = zip(*classes, strict=True)
    counted = ClassCounts(images=images, hits=hits, predictions=images)
    at_its_lead = counted.accuracy_at(counted.lead_over_chance)
    assert at_its_lead == pytest.approx(counted.balanced_accuracy)


@given(classes=st.lists(counts, min_size=2, max_size=6))
@settings(max_examples=50)
def test_accuracies_are_shares(classes: list[tuple[int, int]]) -> None:
    images, hits = zip(*classes, strict=True)
    counted = ClassCounts(images=images, hits=hits, predictions=images)
    assert 0 <= counted.accuracy <= 1
    assert 0 <= counted.balanced_accuracy <= 1
    assert 1 / len(images) <= counted.chance_accuracy < 1


def test_few_values_say_nothing() -> None:
    assert in_errors([1.0, 1.1, 1.2]) == 0
