"""Schema tests against the live service: `python -m tests.fuzz --cases 50000 --seed 1`.

Schemathesis makes requests up from the OpenAPI document, valid ones and others, follows the links
between operations, and checks each answer against the document. Each round has its own seed.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pdarts_core.config import PRESETS
from store.database import Database
from store.keys import create_key
from store.scopes import Scope
from store.settings import Settings
from tests.support.databases import make_sqlite_template, sqlite_database
from tests.support.evaluation_jobs import evaluate
from tests.support.http_service import serve
from tests.support.image_archives import archive_of
from tests.support.played_search import play_search
from tests.support.servers import RedisServer
from tests.support.uploads import insert_upload
from tests.support.weights_files import insert_weights

LOOPBACK = "http://127.0.0.1:1024/pdarts"
"""Where webhooks lead to in place of the internet: nobody listens there."""
SENT = ("pets", "strays")
"""Data sets that the owner sent; requests to delete the first are not made."""
EVERY_PHASE = ("examples", "coverage", "fuzzing", "stateful")
WEBHOOKS_ON_LOOPBACK: Any = {
    "webhooks": "on",
    "webhook_http": "on",
    "webhook_allowed_networks": "127.0.0.0/8",
}
_CONFIG = Path(__file__).parent / "support" / "schemathesis.toml"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A running service, and ids of what is there."""

    url: str
    key: str
    """May do everything."""
    ids: dict[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one run of Schemathesis came to."""

    cases: int
    exit_code: int
    report: str


@contextmanager
def target(database_url: str, redis_url: str, home: Path) -> Iterator[Target]:
    """Run a service with two searches and two evaluations that have ended, and two data sets."""
    database = Database(database_url)
    settings = Settings(
        home=home,
        database_url=database_url,
        redis_url=redis_url,
        auth="on",
        requests_per_minute=0,
        active_jobs=0,
        event_streams=0,
        **WEBHOOKS_ON_LOOPBACK,
    )
    with database.write() as session:
        own = create_key(session, owner="local", name="fuzz", scopes=[Scope.ADMIN], expires_at=None)
    with serve(settings) as client:
        client.headers["Authorization"] = f"Bearer {own.text}"
        with database.write() as session:
            weights = [insert_weights(session) for _ in range(2)]
            uploads = [insert_upload(session, size=2**20) for _ in range(2)]
            played = (replace(PRESETS["quick"], seed=seed) for seed in (2, 3))
            searches = [play_search(session, config) for config in played]
        genotypes = client.get("/genotypes").json()["data"]
        ids = {
            "search_id": searches,
            "evaluation_id": [evaluate(database, home) for _ in range(2)],
            "genotype_id": [one["id"] for one in genotypes],
            "weights_id": weights,
            "upload_id": uploads,
            "name": list(SENT),
        }
        # Not earlier: what waits for a check would come before the evaluations.
        for name in SENT:
            client.put(f"/datasets/{name}", content=archive_of()).raise_for_status()
        yield Target(url=str(client.base_url), key=own.text, ids=ids | {"own_key": [own.row.id]})
    database.close()


def run_round(
    there: Target,
    *,
    examples: int,
    seed: int,
    folder: Path,
    phases: Sequence[str] = EVERY_PHASE,
    tags: Sequence[str] = (),
) -> Round:
    """Run all checks and some phases once, with so many examples an operation.

    Tags are those of the operations that are tried; without any, all are.
    """
    words = ["--checks", "all", "--max-examples", str(examples), "--seed", str(seed)]
    words += ["--phases", ",".join(phases)]
    for tag in tags:
        words += ["--include-tag", tag]
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(_CONFIG)]
    result = subprocess.run(
        [*command, "run", f"{there.url}/openapi.json", *words, "--no-color"],
        env=os.environ
        | {
            "SCHEMATHESIS_HOOKS": "tests.support.fuzz_hooks",
            "PDARTS_FUZZ_IDS": json.dumps(there.ids),
            "PDARTS_FUZZ_LOOPBACK": LOOPBACK,
            "PDARTS_FUZZ_KEY": there.key,
            "PYTHONPATH": str(Path(__file__).parents[1]),
        },
        cwd=folder,
        text=True,
        capture_output=True,
        check=False,
    )
    report = result.stdout + result.stderr
    counted = re.search(r"(\d+) generated", report)
    cases = int(counted[1]) if counted else 0
    return Round(cases=cases, exit_code=result.returncode, report=report)


def main() -> int:
    """Run rounds until there were enough cases, or one found something."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--tags", default="", help="of the operations to try, such as evaluations,weights"
    )
    chosen = parser.parse_args()
    tags = [tag for tag in chosen.tags.split(",") if tag]
    done, begun = 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        redis = RedisServer(home)
        redis.start()
        try:
            with (
                sqlite_database(make_sqlite_template(home), home) as url,
                target(url, redis.url, home) as there,
            ):
                for seed in range(chosen.seed, chosen.seed + chosen.cases):
                    one = run_round(there, examples=100, seed=seed, folder=home, tags=tags)
                    done += one.cases
                    took = time.monotonic() - begun
                    print(
                        f"seed {seed}: {one.cases} cases, {done} in all, {took:.0f} s", flush=True
                    )
                    if one.exit_code != 0 or one.cases == 0:
                        print(one.report)
                        return 1
                    if done >= chosen.cases:
                        break
        finally:
            redis.stop()
    print(f"{done} cases: no server error, no answer that breaks the schema")
    return 0


if __name__ == "__main__":
    sys.exit(main())
