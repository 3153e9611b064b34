"""What a soak runs: a few jobs of each kind, and what each leaves when nothing happens to it."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from pdarts_core.config import SearchConfig, StageConfig
from store.database import Database
from store.kinds import CHECK, kind_of_id
from tests.soak.checks import CHECKED, make_folder
from tests.support.one_attempt import start_attempt
from tests.support.outcomes import TARGETS, JobKind, Record
from tests.support.processes import quick_environment

_STAGES = tuple(
    StageConfig(layers=3, num_to_keep=keep, dropout_rate=dropout, epochs=2, warmup_epochs=1)
    for keep, dropout in ((5, 0.0), (3, 0.3), (1, 0.5))
)
_SPECS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "search": {"stages": SearchConfig(stages=_STAGES).to_dict()["stages"], "max_images": 40},
        "evaluation": {"epochs": 6, "max_images": 80},
        "check": {},
    }
)
"""By the names of the kinds: jobs of seconds, which stay long enough to be hit."""
_SEEDS = (2, 3, 4)
_KINDS: Mapping[str, JobKind] = MappingProxyType({**TARGETS, CHECK.name: CHECKED})


class Recipe(NamedTuple):
    """Of jobs that all come to the same end."""

    kind: str
    seed: int

    def queue(self, database: Database, *, max_attempts: int = 3) -> str:
        """Queue such a job, and return its id."""
        spec = {**_SPECS[self.kind], "seed": self.seed}
        job_id: str = _KINDS[self.kind].queue(database, max_attempts=max_attempts, **spec)
        return job_id


RECIPES = tuple(Recipe(kind, seed) for kind in _SPECS for seed in _SEEDS)


def kind_of(job_id: str) -> JobKind:
    """Return the kind that an id is of."""
    kind = kind_of_id(job_id)
    assert kind is not None, job_id
    return _KINDS[kind.name]


def make_folders(home: Path) -> None:
    """Write the images that checks look at."""
    for seed in _SEEDS:
        make_folder(home, seed)


def run_undisturbed(folder: Path, database_url: str) -> dict[Recipe, Record]:
    """Run a job of each recipe from its start to its end in one process."""
    database = Database(database_url)
    make_folders(folder)
    environment = quick_environment(folder, database_url, "redis://127.0.0.1:1/0")
    environment["PDARTS_LEASE_SECONDS"] = "90"
    records = {}
    for recipe in RECIPES:
        job_id = recipe.queue(database)
        assert start_attempt(environment, folder).wait(180) == 0
        records[recipe] = _KINDS[recipe.kind].record(database, job_id)
    database.close()
    return records
