"""`python -m tests.attacks`: prints a table; exit code 1 if the service did not hold."""

import signal
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tests.attacks.each import every_attack
from tests.attacks.stand import DatabaseKind, RedisKind, servers, standing
from tests.attacks.table import head, line
from tests.attacks.trial import GOALS, run_trial


def main(
    *,
    database: Annotated[DatabaseKind, typer.Option(help="What the service runs on.")] = "sqlite",
    redis: Annotated[RedisKind, typer.Option(help="Whether the broker answers.")] = "running",
    only: Annotated[
        list[str] | None, typer.Option(help="A row's number or a word of a name; repeatable.")
    ] = None,
) -> None:
    """Attack a service of this machine in each way."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # all that runs is ended on the way
    attacks = [
        attack
        for attack in every_attack()
        if not only or any(word == str(attack.row) or word in attack.name for word in only)
    ]
    _say(f"{database}, redis {redis}; goals: {GOALS}\n")
    if redis == "stopped":
        for attack in filter(lambda attack: attack.needs_broker, attacks):
            _say(f"Row {attack.row} is left out: it needs a job, and without Redis none starts.\n")
        attacks = [attack for attack in attacks if not attack.needs_broker]
    _say(head())
    held = 0
    with (
        tempfile.TemporaryDirectory(prefix="pdarts-attacks-") as name,
        servers(database) as postgres,
    ):
        for number, attack in enumerate(attacks):
            folder = Path(name) / str(number)
            folder.mkdir()
            with standing(attack, folder, postgres, redis) as stand:
                trial = run_trial(attack, stand)
            _say(line(trial))
            held += not trial.misses
    _say(f"\n{held} of {len(attacks)} held")
    raise typer.Exit(0 if held == len(attacks) else 1)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    typer.run(main)
