"""Write what revision 0963b9f leaves of two equal searches, one stopped in its second stage.

Run in a checkout of that revision, whose code it uses:

    TEST_EVERYTHING=1 python write_from_0963b9f.py from_0963b9f.zip

The archive holds the SQLite database and the checkpoints that lie beside it. A worker's own code
ran both searches; the second was stopped by a draining worker, in the middle of an epoch.
"""

import sqlite3
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))

from migrations.schema import upgrade
from store.database import Database
from tests.support.attempts import run_attempt
from tests.support.jobs import queue_search

DECIDED: dict[str, Any] = {"seed": 0, "arch_learning_rate": 0.1}
"""Alphas that learn so fast that no decision is near a tie; see README.md."""
STOPPED_AT = 9
"""Counts steps and validated batches: four in the first stage, four in the epoch before."""


def main(archive: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        url = f"sqlite:///{home / 'pdarts.db'}"
        upgrade(url)
        database = Database(url)
        for name, stops_at in (("uninterrupted", 0), ("stopped", STOPPED_AT)):
            queue_search(database, name=name, **DECIDED)
            run_attempt(database, home, at_step=stops_at.__eq__)
        database.close()
        with sqlite3.connect(home / "pdarts.db") as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("VACUUM")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in sorted(home.rglob("*")):
                if path.is_file():
                    packed.write(path, path.relative_to(home))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
