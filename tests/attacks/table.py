"""The table of all attacks, as Markdown."""

from collections.abc import Iterable, Sequence

from tests.attacks.attack import MIB
from tests.attacks.trial import Trial, quantile

_HEAD = (
    "row",
    "attack",
    "what happened",
    "GET p50 / p99, ms",
    "/livez p99 / max, ms",
    "memory before / peak / after, MiB",
    "held",
)


def head() -> str:
    """Return what stands above the lines."""
    return f"{_row(_HEAD)}\n{_row(['---'] * len(_HEAD))}"


def line(trial: Trial) -> str:
    """Return the line of one attack."""
    return _row(_cells(trial))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(trial: Trial) -> list[str]:
    seen = trial.seen
    return [
        str(trial.attack.row),
        trial.attack.name,
        trial.outcome.said.replace("|", "\\|"),
        _milliseconds(seen.get, 0.5, 0.99),
        _milliseconds(seen.livez, 0.99, 1),
        " / ".join(f"{size / MIB:.0f}" for size in (trial.before, trial.peak, trial.after)),
        "no: " + ", ".join(trial.misses) if trial.misses else "yes",
    ]


def _milliseconds(times: Sequence[float], *shares: float) -> str:
    return " / ".join(f"{quantile(times, share) * 1000:.0f}" for share in shares)
