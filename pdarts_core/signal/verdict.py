"""What the evidence of a stage, or of a whole search, amounts to. No torch.

The bounds are calibrated by `python -m benchmarks signal`; docs/algorithm.md says why they are
where they are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pdarts_core.signal.class_counts import ClassCounts

Verdict = Literal["none", "weak", "clear"]

LEAST_LEAD = 4.0
"""How many standard errors above guessing a network must be on the second half. More than the usual
2 or 3, since the alphas were trained on these images."""


@dataclass(frozen=True, kw_only=True)
class Bound:
    """What the alphas must have taken off the second half's loss."""

    share: float
    """Of the loss that guessing has."""
    errors: float
    """Distance from 0 in standard errors."""
    decided: float
    """Share of the decisions that the pushes agree on."""


WEAK = Bound(share=0.01, errors=2.0, decided=0.05)
CLEAR = Bound(share=0.03, errors=2.5, decided=0.10)


@dataclass(frozen=True, kw_only=True)
class StageEvidence:
    """What a stage's decisions rest on."""

    decided: int
    undecided: int
    fall: float
    """What the moves of the alphas took off the second half's loss, in nats."""
    fall_error: float
    """Its standard error."""
    steps: int
    """Steps of the alphas."""
    counts: ClassCounts | None
    """How the stage's network did on the second half at its end; None if it was not measured."""


@dataclass(frozen=True, kw_only=True)
class Signal:
    """Whether decisions stand out from chance, with the figures behind the word."""

    verdict: Verdict
    decided: int
    undecided: int
    reason: str
    gain: float | None
    """What the alphas took off the second half's loss, as a share of the loss that guessing has;
    None if the network is no better than guessing, or no alphas were trained."""
    gain_error: float | None
    """Its standard error."""


def judge(stages: Sequence[StageEvidence]) -> Signal:
    """Return what the evidence of some stages amounts to together: of one, or of a whole search.

    A stage whose network is no better than guessing has decided nothing, however far its alphas
    moved: without the labels, they drift as well.
    """
    decisions = sum(stage.decided + stage.undecided for stage in stages)
    informed = [stage for stage in stages if _beats_guessing(stage.counts)]
    if not informed:
        return _nothing(decisions, _why_nothing(stages))
    decided = sum(stage.decided for stage in informed)
    chance_loss = max(stage.counts.chance_loss for stage in informed if stage.counts)
    gain = math.fsum(stage.fall for stage in informed) / chance_loss
    error = math.hypot(*(stage.fall_error for stage in informed)) / chance_loss
    verdict = _verdict(gain, error, decided / max(decisions, 1))
    if verdict == "none":
        decided = 0
    return Signal(
        verdict=verdict,
        decided=decided,
        undecided=decisions - decided,
        reason=_reason(verdict, gain, error, decided, decisions),
        gain=gain if math.isfinite(error) else None,
        gain_error=error if math.isfinite(error) else None,
    )


def _beats_guessing(counts: ClassCounts | None) -> bool:
    return counts is not None and counts.lead_over_chance >= LEAST_LEAD


def _verdict(gain: float, error: float, decided: float) -> Verdict:
    verdicts: tuple[tuple[Verdict, Bound], ...] = (("clear", CLEAR), ("weak", WEAK))
    for verdict, bound in verdicts:
        if gain >= max(bound.share, bound.errors * error) and decided >= bound.decided:
            return verdict
    return "none"


def _nothing(decisions: int, reason: str) -> Signal:
    return Signal(
        verdict="none",
        decided=0,
        undecided=decisions,
        reason=reason,
        gain=None,
        gain_error=None,
    )


def _why_nothing(stages: Sequence[StageEvidence]) -> str:
    if not any(stage.steps for stage in stages):
        return "No alphas were trained: every choice is that of the random draw they started from."
    counts = stages[-1].counts
    if counts is None:
        return "The network was not measured on images that did not train its weights."
    return (
        "On the images that did not train its weights, the network is no better than guessing:"
        f" {100 * counts.balanced_accuracy:.1f} % right in the mean over the classes,"
        f" of {counts.total:,} images, where guessing gives"
        f" {100 / sum(1 for images in counts.images if images):.1f} %."
    )


def _reason(verdict: Verdict, gain: float, error: float, decided: int, decisions: int) -> str:
    if not math.isfinite(error):
        return "The alphas took too few steps to tell their moves from noise."
    took = (
        f"The alphas' moves took {100 * gain:.1f} % (± {196 * error:.1f}) off the loss that"
        " guessing has, each measured on images that came after it"
    )
    pushed = f"of {decisions} choices, {decided} were pushed the same way all along"
    match verdict:
        case "clear":
            return f"{took}; {pushed}."
        case "weak":
            return f"{took}; {pushed}. That is little: another seed may well choose differently."
        case "none":
            return f"{took}: too little to tell the choices from chance."
