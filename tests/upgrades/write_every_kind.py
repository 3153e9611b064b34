"""Write what a revision leaves of jobs of every kind, and of what owners send.

Run in a checkout of that revision, 96e6cc5 or a later one, after its `make install`:

    .venv/bin/python write_every_kind.py every_kind_from_96e6cc5.zip

The archive holds a home: the SQLite database, the artifacts and the uploads. Of the searches and of
the evaluations, one ran to its end, and an equal one was stopped by a draining worker in the middle
of an epoch. Of the data sets, one has been checked, the check of the other waits. Of an upload,
half has come.
"""

import sqlite3
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))

import httpx

from migrations.schema import upgrade
from store.database import Database
from store.settings import Settings
from tests.support.attempts import run_attempt
from tests.support.http_service import serve
from tests.support.image_archives import archive_of_digits
from tests.support.weights_files import make_weights, written

STAGES = [
    {"layers": 3, "num_to_keep": 5, "epochs": 1, "warmup_epochs": 0},
    {"layers": 3, "num_to_keep": 1, "epochs": 2, "warmup_epochs": 1, "dropout_rate": 0.3},
]
SEARCH: dict[str, Any] = {
    "dataset": "digits",
    "preset": "quick",
    "device": "cpu",
    "max_images": 40,
    "batch_size": 10,
    "init_channels": 1,
    "stages": STAGES,
    "seed": 4,
    # Alphas that learn so fast that no decision is near a tie; see README.md.
    "arch_learning_rate": 0.1,
}
EVALUATION: dict[str, Any] = {
    "dataset": "pets",
    "preset": "quick",
    "device": "cpu",
    "epochs": 2,
    "batch_size": 6,
    "init_channels": 2,
    "layers": 3,
    "learning_rate": 0.1,
    "auxiliary_weight": 0.0,
    "valid_portion": 0.25,
    "flip": False,
    "seed": 0,
}
SEARCH_STOPS_AT = 9
"""Counts steps and validated batches: four in the first stage, four in the epoch before."""
EVALUATION_STOPS_AT = 6
NEVER = 0
UPLOAD = {"Tus-Resumable": "1.0.0"}


def main(archive: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        url = f"sqlite:///{home / 'pdarts.db'}"
        upgrade(url)
        settings = Settings(
            home=home,
            database_url=url,
            redis_url="redis://127.0.0.1:1/0",
            uploads_kept_seconds=100 * 365 * 86400.0,
        )
        database = Database(url)
        with serve(settings) as client:
            ended = write(client, database, home)
        database.close()
        with sqlite3.connect(home / "pdarts.db") as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("VACUUM")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
            kept = [home / "pdarts.db", *home.glob("artifacts/**/*"), *home.glob("uploads/*")]
            for path in sorted(kept):
                if path.is_file() and is_needed(path, ended):
                    packed.write(path, path.relative_to(home))


def is_needed(path: Path, ended: set[str]) -> bool:
    """Leave out checkpoints of jobs that have ended, and of the others all but the newest."""
    if path.suffix != ".ckpt":
        return True
    return path == max(path.parent.iterdir()) and not ended & {*path.parts}


def write(client: httpx.Client, database: Database, home: Path) -> set[str]:
    """Make all of it; return the ids of the jobs that have ended."""

    def run(path: str, body: dict[str, Any], stops_at: int) -> str:
        created = client.post(path, json=body).raise_for_status().json()
        run_attempt(database, home, at_step=stops_at.__eq__)
        return str(created["id"])

    client.put("/datasets/pets", content=archive_of_digits()).raise_for_status()
    run_attempt(database, home)
    whole = run("/searches", SEARCH | {"name": "uninterrupted"}, NEVER)
    trains = EVALUATION | {"search": whole}
    trained = run("/evaluations", trains | {"name": "uninterrupted"}, NEVER)
    run("/evaluations", trains | {"name": "stopped"}, EVALUATION_STOPS_AT)
    # It comes first, though the evaluation waits.
    run("/searches", SEARCH | {"name": "stopped", "priority": 1}, SEARCH_STOPS_AT)

    weights = written(make_weights())
    client.post("/weights", content=weights, params={"name": "mine"}).raise_for_status()
    body = archive_of_digits({1: "one", 7: "seven"}, images=8)
    begun = client.post("/uploads", headers={**UPLOAD, "Upload-Length": str(len(body))})
    client.patch(
        begun.raise_for_status().headers["location"],
        content=body[: len(body) // 2],
        headers={
            **UPLOAD,
            "Upload-Offset": "0",
            "Content-Type": "application/offset+octet-stream",
        },
    ).raise_for_status()
    client.put("/datasets/later", content=body).raise_for_status()
    return {whole, trained}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
