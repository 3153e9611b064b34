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


def table(trials: Iterable[Trial]) -> str:
    """Return one line for each attack, under a head."""
    rows = [_HEAD, ["---"] * len(_HEAD), *(line(trial) for trial in trials)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def line(trial: Trial) -> list[str]:
    """Return the cells of one attack."""
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
