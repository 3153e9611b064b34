"""Whether a search found anything, and how good its network is, in plain words."""

from cli.client import Accuracy, Signal
from pdarts_core.signal.words import ADVICE, FINDINGS
from store.plain_text import on_one_line
from store.wording import number_of

SECOND_HALF = "the second half (the images that train the alphas, not the weights)"

ACCURACY_COLUMN = "ACCURACY (95% INTERVAL)"
"""The head of a column of accuracies, each with its interval."""

STYLES = {"clear": "green"}
"""How lines about a verdict look on standard error; others are warnings."""


def signal_lines(signal: Signal | None) -> list[str]:
    """Return what a verdict means, why it is so, and what to do; nothing where none is known."""
    if signal is None:
        return []
    finding = next((words for name, words in FINDINGS.items() if name == signal.verdict), None)
    lines = [f"{finding or f'Signal {on_one_line(signal.verdict)}'}.", on_one_line(signal.reason)]
    advice = next((words for name, words in ADVICE.items() if name == signal.verdict), None)
    return [*lines, advice] if advice else lines


def accuracy_lines(accuracy: Accuracy | None) -> list[str]:
    """Return how often the network is right and what that rests on; nothing where not measured."""
    if accuracy is None:
        return []
    told = f"{accuracy.value:.1%} on {SECOND_HALF}, after stage {accuracy.stage}"
    if accuracy.images is None:
        return [told]
    told += (
        f": {number_of(accuracy.images, 'image')}, 95% interval {_interval(accuracy)},"
        f" chance {accuracy.chance:.1%}"
    )
    if accuracy.classes is None:
        return [told]
    by_class = ", ".join(f"{one.label}: {one.hits} of {one.images}" for one in accuracy.classes)
    return [
        told,
        f"mean over the classes, which differ in size: {accuracy.balanced:.1%}",
        f"right in each class: {by_class}",
    ]


def short_accuracy(accuracy: Accuracy | None) -> str:
    """Return an accuracy with its interval, for a table."""
    if accuracy is None:
        return ""
    known = accuracy.images is not None
    return f"{accuracy.value:.1%} ({_interval(accuracy)})" if known else f"{accuracy.value:.1%}"


def _interval(accuracy: Accuracy) -> str:
    return f"{accuracy.low:.0%} to {accuracy.high:.0%}"
