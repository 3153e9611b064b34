"""Whether a search found anything, in plain words for a terminal."""

from cli.client import Signal
from pdarts_core.signal.words import ADVICE, FINDINGS
from store.plain_text import on_one_line

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
