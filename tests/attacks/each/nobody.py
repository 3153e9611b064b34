"""No attack: what the others see on this machine when it is quiet."""

import time

from tests.attacks.attack import Attack, Outcome, Target


def _wait(target: Target) -> Outcome:
    while target.has_time():
        time.sleep(0.1)
    return Outcome(said="quiet", held=True)


ATTACK = Attack(name="none", row=0, run=_wait, seconds=5.0)
