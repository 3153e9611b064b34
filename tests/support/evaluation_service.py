"""A service whose evaluations are run by a worker's attempt in the test's own process."""

from dataclasses import dataclass
from pathlib import Path

import httpx

from store.artifacts import ArtifactStore
from store.database import Database
from tests.support.attempts import run_attempt
from tests.support.evaluation_jobs import CELLS, SMALL

SPEC = {
    "dataset": "digits",
    "preset": "quick",
    "max_images": 40,
    "device": "cpu",
    **SMALL.to_dict(),
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A service, and a worker's way to the same rows and files."""

    client: httpx.Client
    database: Database
    home: Path
    artifacts: ArtifactStore

    def evaluate(self) -> str:
        answer = self.client.post("/evaluations", json=SPEC | {"genotype_document": CELLS})
        assert answer.status_code == 202, answer.text
        run_attempt(self.database, self.home)
        return str(answer.json()["id"])
