"""What speaks against a spec, said before it runs: that its result could not mean much.

A search with too few steps or images ends like any other, with a genotype; but chance has chosen
it. Each rule here is arithmetic on the spec and on the sizes of the classes. This module imports no
torch, so that an HTTP service can use it.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pdarts_core.config import SearchConfig
from pdarts_core.images.class_sizes import HalfSizes, at_most, halves
from pdarts_core.signal.verdict import least_images
from pdarts_core.space.alphas import DRAW_DEVIATION
from pdarts_core.space.cells import CELL_KINDS, EDGES
from pdarts_core.wording import number_of

FEWEST_ALPHA_STEPS = 100
"""Fewer are too few to tell a preference from luck. Each step sees one batch and pushes an alpha up
or down. If 60% of n steps push the right way, the balance is 0.2·n, and that of pure chance has a
standard deviation of √n: only from n = 100 on is the balance two deviations away from none."""
LEAST_REACH = math.log(2) / 2
"""How far n steps must be able to move an alpha. Adam moves it by at most about its learning rate
in each step, so by n·arch_learning_rate. Two alphas, one moved up and one down, are then twice that
apart, and operations are twice as probable as others where alphas are ln 2 apart. The paper's
stages reach 2.3."""
FEWEST_IMAGES = 100
"""Of a half. An accuracy measured on n images has a 95% interval of up to ±0.98/√n: on 100 images,
±10 percentage points, which is more than most operations make a difference."""
MOST_UNEVEN = 9.0
"""How many times as large one half may be as the other: a train portion of 0.1 to 0.9. An
architecture epoch has as many alpha steps as weight steps, so at 0.9 the alphas see each of their
images nine times while the weights see each of theirs once; at 0.1 the weights learn from few."""
MOST_UNEQUAL = 4.0
"""How many times as many images the largest class may have as the smallest. Whoever always names
the larger of two such classes is right for 80% of the images, which looks like a result."""
_MOST_IMAGES = 10_000_000
"""Stands for the number of images where it is not known, so that steps are not underestimated."""
_INTERVAL = 0.98
"""Half the 95% interval of a share of one half, times √n."""

Field = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class SpecWarning:
    """One thing that speaks against a spec."""

    code: str
    """For programs; never changes."""
    message: str
    """For people."""
    field: Field | None
    """Leads to what could be changed, from the spec's root; None if there is no such field."""


def warnings_of(
    config: SearchConfig, class_sizes: Sequence[int] | None, max_images: int | None
) -> list[SpecWarning]:
    """Return what speaks against a search.

    Args:
        config: the search.
        class_sizes: the training images of each class; None if that is not known, which is so
            for large sets alone.
        max_images: the most of them that are used.
    """
    facts = _Facts(config=config, all_sizes=class_sizes, max_images=max_images)
    return [found for rule in _RULES for found in rule(facts)]


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """A search and what its training set is."""

    config: SearchConfig
    all_sizes: Sequence[int] | None
    max_images: int | None

    @cached_property
    def sizes(self) -> Sequence[int] | None:
        """The images of each class that are used."""
        return None if self.all_sizes is None else at_most(self.all_sizes, self.max_images)

    @cached_property
    def halves(self) -> HalfSizes:
        """The sizes of the halves; the largest there can be if that is not known."""
        sizes = [self.max_images or _MOST_IMAGES] if self.sizes is None else self.sizes
        return halves(sizes, self.config.train_portion)

    @property
    def field_of_images(self) -> Field:
        """What decides how many images there are."""
        takes_all = self.max_images is None or (
            self.all_sizes is not None and self.max_images >= sum(self.all_sizes)
        )
        return ("dataset",) if takes_all else ("max_images",)

    @cached_property
    def alpha_steps(self) -> dict[int, int]:
        """The alpha steps of each stage that has any; stages are counted from 1."""
        weights = self.halves.weights
        an_epoch = weights // max(1, min(self.config.batch_size, weights))
        return {
            place: (stage.epochs - stage.warmup_epochs) * an_epoch
            for place, stage in enumerate(self.config.stages, start=1)
            if stage.trains_architecture
        }


def _untrained_stages(facts: _Facts) -> Iterator[SpecWarning]:
    untrained = [place + 1 for place in facts.config.stages_without_architecture]
    if not untrained:
        return
    train = "trains" if len(untrained) == 1 else "train"
    yield SpecWarning(
        code="untrained_stages",
        message=f"{_stages(untrained)} {train} no alphas, because every epoch trains weights only: "
        "how the alphas were drawn decides what is dropped.",
        field=("stages", untrained[0] - 1, "warmup_epochs"),
    )


def _architecture_is_trained(facts: _Facts) -> Iterator[SpecWarning]:
    if facts.config.train_architecture or not facts.alpha_steps:
        return
    trained = list(facts.alpha_steps)
    train = "trains" if len(trained) == 1 else "train"
    yield SpecWarning(
        code="architecture_is_trained",
        message=f"train_architecture is false, but {_stages(trained, 'stage')} {train} alphas, "
        "after the first warmup_epochs: the field only allows stages that do not.",
        field=("train_architecture",),
    )


def _few_alpha_steps(facts: _Facts) -> Iterator[SpecWarning]:
    few = {stage: steps for stage, steps in facts.alpha_steps.items() if steps < FEWEST_ALPHA_STEPS}
    if not few:
        return
    take, each = ("takes", "") if len(few) == 1 else ("take", " each")
    yield SpecWarning(
        code="few_alpha_steps",
        message=f"{_stages(few)} {take} {_range(few.values(), 'alpha step')}{each}, fewer than "
        f"{FEWEST_ALPHA_STEPS}: too few to tell an operation that helps from one that was lucky. "
        "The paper's stages take 3,900. More epochs, more images or smaller batches help.",
        field=("stages", min(few) - 1, "epochs"),
    )


def _short_reach(facts: _Facts) -> Iterator[SpecWarning]:
    rate = facts.config.arch_learning_rate
    short = {stage: n for stage, n in facts.alpha_steps.items() if n * rate < LEAST_REACH}
    if not short:
        return
    steps, known = max(short.values()), "" if facts.sizes else "up to "
    yield SpecWarning(
        code="short_alpha_reach",
        message=f"In {_stages(short, 'stage')} alphas can hardly move: {known}"
        f"{number_of(steps, 'step')} of at most {rate:.2g} move one by at most {steps * rate:.2g}, "
        f"{_consequence(steps * rate)}. "
        "A higher arch_learning_rate, more epochs or smaller batches help.",
        field=("arch_learning_rate",),
    )


def _consequence(reach: float) -> str:
    # An alpha that moves less than it was drawn apart is decided by the draw.
    if reach < DRAW_DEVIATION:
        return (
            f"less than the {DRAW_DEVIATION:g} by which they are drawn at random, and so the draw "
            "decides what is dropped"
        )
    return (
        f"so that no operation becomes more than {100 * math.expm1(2 * reach):.2g}% more probable "
        "than another, and chance has a large part in what is dropped"
    )


def _few_images(facts: _Facts) -> Iterator[SpecWarning]:
    if min(facts.halves) >= FEWEST_IMAGES:
        return
    can_share = sum(facts.halves) >= 2 * FEWEST_IMAGES
    helps = "A train_portion nearer to 0.5 helps." if can_share else "More images help."
    yield SpecWarning(
        code="few_images",
        message=f"{_too_few(facts.halves)}. {helps}",
        field=("train_portion",) if can_share else facts.field_of_images,
    )


def _signal_out_of_reach(facts: _Facts) -> Iterator[SpecWarning]:
    classes = sum(1 for size in facts.sizes or [] if size)
    if classes < 2:
        return
    needed = {
        stage: least_images(
            classes, len(CELL_KINDS) * len(EDGES) * (facts.config.alive_in(stage - 1) - 1)
        )
        for stage in facts.alpha_steps
    }
    images = facts.halves.alphas
    out = {stage: least for stage, least in needed.items() if images < least}
    if not out:
        return
    for_all = len(out) == len(needed)
    # Where no stage can tell, the one with the fewest operations to choose from asks for least.
    least = min(out.values()) if for_all else max(out.values())
    can_share = facts.config.train_portion > 0.5 and sum(facts.halves) >= 2 * least
    decide = "decides" if len(out) == 1 else "decide"
    consequence = (
        "Whatever this search finds, its signal will be none"
        if for_all
        else f"What {_stages(out, 'stage')} {decide} will count as chance"
    )
    yield SpecWarning(
        code="signal_out_of_reach",
        message=f"{consequence}: {_images(images)} the alphas, and with {classes:,} classes it "
        f"takes {least:,} to tell a network that has learned something from one that was fitted to "
        f"noise. {'A train_portion nearer to 0.5 helps' if can_share else 'More images help'}.",
        field=("train_portion",) if can_share else facts.field_of_images,
    )


def _too_few(sizes: HalfSizes) -> str:
    if sizes.alphas >= FEWEST_IMAGES:
        return f"Only {_images(sizes.weights)} the weights, which will memorise them"
    points = min(50.0, 100 * _INTERVAL / math.sqrt(max(1, sizes.alphas)))
    return (
        f"Only {_images(sizes.alphas)} the alphas, and an accuracy measured on so few is uncertain "
        f"by up to {points:.0f} percentage points either way"
    )


def _uneven_halves(facts: _Facts) -> Iterator[SpecWarning]:
    portion = facts.config.train_portion
    least = 1 / (1 + MOST_UNEVEN)
    if least <= portion <= 1 - least:
        return
    result = (
        "The alphas see the same few images over and over, and fit them alone"
        if portion > 0.5
        else "The weights learn from few images, and the alphas judge a network that knows little"
    )
    yield SpecWarning(
        code="uneven_halves",
        message=f"train_portion is {portion:g}{_sizes_of_halves(facts)}. {result}. "
        "The paper's is 0.5.",
        field=("train_portion",),
    )


def _sizes_of_halves(facts: _Facts) -> str:
    if facts.sizes is None:
        return ""
    weights, alphas = map(_images, facts.halves)
    return f": {weights} the weights and {alphas} the alphas"


def _single_images(facts: _Facts) -> Iterator[SpecWarning]:
    sizes = facts.sizes or []
    single = sum(size == 1 for size in sizes)
    if not single:
        return
    have, these = ("has", "this class is") if single == 1 else ("have", "these classes are")
    yield SpecWarning(
        code="single_image_classes",
        message=f"{single:,} of {len(sizes):,} classes {have} a single image, which trains "
        f"weights: {these} never shown to the alphas and never measured.",
        field=facts.field_of_images,
    )


def _unequal_classes(facts: _Facts) -> Iterator[SpecWarning]:
    sizes = [size for size in facts.sizes or [] if size]
    if not sizes or max(sizes) < MOST_UNEQUAL * min(sizes):
        return
    share = max(sizes) / sum(sizes)
    yield SpecWarning(
        code="unequal_classes",
        message=f"The classes have from {min(sizes):,} to {max(sizes):,} images: always "
        f"naming the largest class is right for {share:.0%} of the images, so compare accuracies "
        f"with that, not with {1 / len(sizes):.0%}.",
        field=("dataset",),
    )


def _stages(numbers: Collection[int], word: str = "Stage") -> str:
    """Return "Stage 1", "Stages 1 and 2" or "Stages 1, 2 and 3"."""
    *others, last = map(str, sorted(numbers))
    return f"{word}s {', '.join(others)} and {last}" if others else f"{word} {last}"


def _range(steps: Collection[int], noun: str) -> str:
    low, high = min(steps), max(steps)
    return number_of(low, noun) if low == high else f"{low:,} to {number_of(high, noun)}"


def _images(count: int) -> str:
    return f"{number_of(count, 'image')} train{'s' if count == 1 else ''}"


_RULES = (
    _untrained_stages,
    _architecture_is_trained,
    _few_alpha_steps,
    _short_reach,
    _few_images,
    _signal_out_of_reach,
    _uneven_halves,
    _single_images,
    _unequal_classes,
)
