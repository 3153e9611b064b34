"""`python -m tests.attacks`: prints a table; exit code 1 if the service did not hold."""

import signal
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tests.attacks.each import every_attack
from tests.attacks.stand import DatabaseKind, RedisKind, servers, standing
from tests.attacks.table import table
from tests.attacks.trial import GOALS, Trial, run_trial


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
    trials: list[Trial] = []
    with (
        tempfile.TemporaryDirectory(prefix="pdarts-attacks-") as name,
        servers(database) as postgres,
    ):
        for number, attack in enumerate(attacks):
            sys.stdout.write(f"{attack.row:>3}  {attack.name} …\n")
            sys.stdout.flush()
            folder = Path(name) / str(number)
            folder.mkdir()
            with standing(attack, folder, postgres, redis) as stand:
                trials.append(run_trial(attack, stand))
    held = sum(not trial.misses for trial in trials)
    sys.stdout.write(f"\n{database}, redis {redis}; goals: {GOALS}\n\n{table(trials)}\n\n")
    sys.stdout.write(f"{held} of {len(trials)} held\n")
    raise typer.Exit(0 if held == len(trials) else 1)


if __name__ == "__main__":
    typer.run(main)
