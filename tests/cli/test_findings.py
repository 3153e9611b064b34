"""What a terminal says about a search's signal."""

import pytest

from cli.client import Signal
from cli.findings import signal_lines


def told(verdict: str) -> str:
    signal = Signal(verdict=verdict, decided=0, undecided=9, reason="Because\x1b[2J of this.")
    return "\n".join(signal_lines(signal))


def test_where_nothing_was_found_it_says_so_and_what_may_help() -> None:
    assert told("none") == (
        "Signal none: nothing was found that stands out from chance.\n"
        "Because\\x1b[2J of this.\n"
        "The genotype is no better founded than a random one. What may help: more epochs, a higher"
        " arch_learning_rate, more images."
    )


def test_where_little_was_found_it_asks_for_another_seed() -> None:
    assert told("weak").endswith("run the search again with another seed.")


@pytest.mark.parametrize("verdict", ["clear", "overwhelming"])
def test_a_verdict_that_asks_for_nothing_gives_its_reason(verdict: str) -> None:
    first, reason = told(verdict).split("\n")
    assert first.startswith(f"Signal {verdict}")
    assert reason.startswith("Because")


def test_without_a_signal_nothing_is_said() -> None:
    assert signal_lines(None) == []
