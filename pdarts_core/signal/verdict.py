"""What the evidence of a stage, or of a whole search, amounts to. No torch.

`python -m benchmarks.signal` holds the bounds against images of which the truth is known.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pdarts_core.signal.class_counts import ClassCounts

Verdict = Literal["none", "weak", "clear"]

LEAST_LEAD = 4.0
"""How many standard errors above guessing a network must be on the second half, on top of what its
alphas could buy: they were trained on these very images, and k numbers that are fitted to pure
noise explain about √k standard errors of it."""


@dataclass(frozen=True, kw_only=True)
class Bound:
    """What it takes for a verdict."""

    gain: float
    """What the alphas took off the second half's loss, as a share of the loss that guessing has."""
    agreement: float
    """How surely each part of a stage pushes to where the alphas went in the others, in standard
    errors."""
    decided: float
    """The share of the choices for which they do."""


WEAK = Bound(gain=0.01, agreement=1.5, decided=0.08)
CLEAR = Bound(gain=0.03, agreement=2.0, decided=0.20)


@dataclass(frozen=True, kw_only=True)
class StageEvidence:
    """What a stage's decisions rest on."""

    decided: int
    undecided: int
    fall: float
    """What the moves of the alphas took off the second half's loss, in nats."""
    agreement: float
    """How surely each part of the stage pushed to where the alphas went in the others, in standard
    errors."""
    steps: int
    """Steps of the alphas."""
    counts: ClassCounts | None
    """How the stage's network did on the second half at its end; None if it was not measured."""
    free_alphas: int = 0
    """How many numbers the alphas can fit: on each edge one less than its operations, since only
    their differences count. 0 in checkpoints from before it was kept."""

    @property
    def least_lead(self) -> float:
        """How many standard errors above guessing tell learning from fitted noise."""
        return _least_lead(self.free_alphas)

    @property
    def beats_guessing(self) -> bool:
        """Whether the network does better than guessing, and than alphas fitted to noise."""
        return self.counts is not None and self.counts.lead_over_chance >= self.least_lead


@dataclass(frozen=True, kw_only=True)
class Signal:
    """Whether decisions stand out from chance, with the figures behind the word."""

    verdict: Verdict
    decided: int
    undecided: int
    reason: str
    gain: float | None
    """What the alphas took off the second half's loss, as a share of the loss that guessing has;
    None if the network is no better than guessing, or than alphas fitted to noise, or if none were
    trained."""
    agreement: float | None
    """How surely each part of a stage pushed to where the alphas went in the others, in standard
    errors."""


def _least_lead(free_alphas: int) -> float:
    return LEAST_LEAD + math.sqrt(free_alphas)


def least_images(classes: int, free_alphas: int) -> int:
    """Return how many images of a second half a network that is always right needs for a verdict.

    On n images of equal classes, its lead over guessing is √((classes − 1)·n) standard errors.
    """
    return math.ceil(_least_lead(free_alphas) ** 2 / (classes - 1))


def judge(stages: Sequence[StageEvidence]) -> Signal:
    """Return what the evidence of some stages amounts to together: of one, or of a whole search.

    A stage whose network is no better than guessing has decided nothing, however far its alphas
    moved: they drift without anything to learn as well.
    """
    decisions = sum(stage.decided + stage.undecided for stage in stages)
    informed = [stage for stage in stages if stage.steps and stage.beats_guessing]
    if not informed:
        return _nothing(decisions, _why_nothing(stages))
    decided = sum(stage.decided for stage in informed)
    chance_loss = max(stage.counts.chance_loss for stage in informed if stage.counts)
    gain = math.fsum(stage.fall for stage in informed) / chance_loss
    # Stouffer's sum: of independent figures in standard errors, again one.
    agreement = math.fsum(stage.agreement for stage in informed) / math.sqrt(len(informed))
    verdict = _verdict(gain, agreement, decided / max(decisions, 1))
    return Signal(
        verdict=verdict,
        decided=decided if verdict != "none" else 0,
        undecided=decisions - decided if verdict != "none" else decisions,
        reason=_reason(verdict, gain, agreement, decided, decisions),
        gain=gain,
        agreement=agreement,
    )


def _verdict(gain: float, agreement: float, decided: float) -> Verdict:
    verdicts: tuple[tuple[Verdict, Bound], ...] = (("clear", CLEAR), ("weak", WEAK))
    for verdict, bound in verdicts:
        if gain >= bound.gain and agreement >= bound.agreement and decided >= bound.decided:
            return verdict
    return "none"


def _nothing(decisions: int, reason: str) -> Signal:
    return Signal(
        verdict="none",
        decided=0,
        undecided=decisions,
        reason=reason,
        gain=None,
        agreement=None,
    )


def _why_nothing(stages: Sequence[StageEvidence]) -> str:
    trained = [stage for stage in stages if stage.steps]
    if not trained:
        return "No alphas were trained: every choice is that of the random draw they started from."
    last = trained[-1]
    counts = last.counts
    if counts is None:
        return "The network was not measured on images that did not train its weights."
    measured = (
        "On the second half of the images, which did not train its weights, the network got"
        f" {100 * counts.balanced_accuracy:.1f}% of {counts.total:,} images right (mean over the"
        f" classes), where guessing gives {100 * counts.balanced_chance:.1f}%"
    )
    if counts.lead_over_chance < LEAST_LEAD:
        return f"{measured}. That is no better than guessing."
    needed = counts.accuracy_at(last.least_lead)
    bought = (
        f"{measured}. The alphas were trained on these very images, and {last.free_alphas} numbers"
        " fitted to noise could reach"
    )
    if needed > 1:
        return (
            f"{bought} any accuracy on so few images. Only more images could show that it learned."
        )
    least = math.ceil(1000 * needed) / 10
    return f"{bought} that much. Only about {least:.1f}% or more would show that it learned."


def _reason(verdict: Verdict, gain: float, agreement: float, decided: int, decisions: int) -> str:
    change = "lowered" if gain >= 0 else "raised"
    took = (
        f"Judged by the images of later steps, training the alphas {change} the loss by"
        f" {100 * abs(gain):.1f}% of the loss that guessing gives"
    )
    pushed = (
        "these steps pushed the alphas further in the same direction"
        f" ({agreement:.1f} standard errors from chance). Choices that stand out from chance in the"
        f" same way: {decided} of {decisions}"
    )
    match verdict:
        case "clear":
            return f"{took}, and {pushed}."
        case "weak":
            return f"{took}, and {pushed}. That is little evidence."
        case "none" if gain >= WEAK.gain and agreement >= WEAK.agreement:
            return f"{took}, and {pushed}. Those are too few."
        case "none":
            return (
                f"{took} ({agreement:.1f} standard errors from chance): too little to tell the"
                " choices from noise."
            )
