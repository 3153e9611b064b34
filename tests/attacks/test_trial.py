"""What the harness of attacks says of them, without running any."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.attacks.attack import MIB, Attack, Outcome, Target
from tests.attacks.bystander import Seen
from tests.attacks.each import every_attack
from tests.attacks.table import line
from tests.attacks.trial import Trial, quantile

ROWS = 15


def harmless(_: Target) -> Outcome:
    return Outcome(said="nothing", held=True)


WELL = Trial(
    attack=Attack(name="harmless", row=1, run=harmless),
    outcome=Outcome(said="nothing", held=True),
    seen=Seen(get=[0.01] * 100, livez=[0.01] * 100),
    before=100 * MIB,
    peak=120 * MIB,
    after=101 * MIB,
)


def test_every_attack_has_a_name_of_its_own_and_a_row() -> None:
    attacks = every_attack()
    assert len({attack.name for attack in attacks}) == len(attacks)
    assert {attack.row for attack in attacks} <= set(range(ROWS + 1))


def test_a_service_holds_where_nothing_is_missed() -> None:
    assert WELL.misses == []
    assert line(WELL) == "| 1 | harmless | nothing | 10 / 10 | 10 / 10 | 100 / 120 / 101 | yes |"


@pytest.mark.parametrize(
    ("changed", "missed"),
    [
        ({"outcome": Outcome(said="a key", held=False)}, "the attack worked"),
        (
            {"outcome": Outcome(said="it broke", held=False, came_to_an_end=False)},
            "nothing was found out",
        ),
        ({"peak": 200 * MIB}, "memory"),
        ({"seen": replace(WELL.seen, get=[0.01] * 97 + [0.3] * 3)}, "GET"),
        ({"seen": replace(WELL.seen, livez=[0.01] * 999 + [0.6])}, "/livez"),
        ({"seen": replace(WELL.seen, get=[])}, "GET"),
        ({"seen": replace(WELL.seen, errors=Counter({"get 503": 2}))}, "2 × get 503"),
    ],
)
def test_it_does_not_hold_where_a_goal_is_missed(changed: dict[str, object], missed: str) -> None:
    trial = replace(WELL, **changed)  # type: ignore[arg-type]
    assert trial.misses == [missed]


def test_others_may_be_turned_away_where_the_attack_takes_the_service_from_them() -> None:
    alone = replace(WELL, attack=replace(WELL.attack, spares_others=False), seen=Seen())
    assert alone.misses == []


def test_a_quantile_is_one_of_the_times() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([3.0, 1.0, 2.0], 1) == 3.0


@pytest.mark.slow
def test_what_a_bystander_saw_comes_through_a_pipe() -> None:
    seen = Seen(get=[0.5], livez=[0.25], errors=Counter({"get 503": 2}))
    assert Seen.decode(seen.encode()) == seen
