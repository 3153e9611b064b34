"""`python -m tests.soak`: prints a table and a line of JSON; exit code 1 if a job went wrong."""

import json
import random
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from tests.soak.crew import crew
from tests.soak.soak import Plan, Soak
from tests.soak.work import Recipe, run_undisturbed
from tests.support.databases import (
    make_postgres_template,
    make_sqlite_template,
    postgres_database,
    sqlite_database,
)
from tests.support.outcomes import Record
from tests.support.servers import PostgresServer

DatabaseKind = Literal["sqlite", "postgresql"]


def main(
    *,
    database: Annotated[DatabaseKind, typer.Option(help="What the service runs on.")] = "sqlite",
    jobs: Annotated[int, typer.Option(min=1, help="Jobs of all kinds, at least.")] = 100,
    faults: Annotated[int, typer.Option(min=0, help="Faults at least.")] = 300,
    minutes: Annotated[float, typer.Option(help="After which nothing more is begun.")] = 20.0,
    seed: Annotated[int, typer.Option(help="Of the faults; random unless given.")] = -1,
) -> None:
    """Run jobs of all kinds under random faults, each held to its undisturbed result."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # all that runs is ended on the way
    chosen = seed if seed >= 0 else random.SystemRandom().randrange(10**6)
    plan = Plan(seconds=minutes * 60, jobs=jobs, faults=faults, seed=chosen)
    with tempfile.TemporaryDirectory(prefix="pdarts-soak-") as name:
        folder = Path(name)
        undisturbed = _undisturbed(folder)
        with _servers(folder, database) as (url, postgres), crew(folder, url, postgres) as working:
            soak = Soak(plan, working, undisturbed)
            outcome = soak.run()
    sys.stdout.write(f"\n{outcome.table()}\n")
    counts = dict(sorted(soak.faults.items()))
    sys.stdout.write(json.dumps(asdict(outcome) | {"faults_by_kind": counts}) + "\n")
    raise typer.Exit(0 if outcome.is_well else 1)


def _undisturbed(folder: Path) -> dict[Recipe, Record]:
    elsewhere = folder / "undisturbed"
    elsewhere.mkdir()
    with sqlite_database(make_sqlite_template(folder), elsewhere) as url:
        return run_undisturbed(elsewhere, url)


@contextmanager
def _servers(folder: Path, kind: DatabaseKind) -> Iterator[tuple[str, PostgresServer | None]]:
    if kind == "sqlite":
        with sqlite_database(folder / "template.db", folder) as url:
            yield url, None
        return
    server = PostgresServer()
    server.start()
    try:
        make_postgres_template(server)
        with postgres_database(server) as url:
            yield url, server
    finally:
        server.delete()


if __name__ == "__main__":
    typer.run(main)
