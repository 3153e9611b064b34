"""Checks of folders: jobs that workers run beside their own, in the check lane."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.database import Database
from store.datasets import queue_check
from store.tables import Check
from tests.support.images import make_image, make_image_folder
from tests.support.outcomes import JobKind

_FILES = 1500
"""Of each folder, links to one file: enough to be hit while they are looked at."""
_SIDE = 160
_WRITTEN_AT = 1_000_000_000.0
"""A check notes when each file was written."""


@dataclass(frozen=True)
class CheckRecord:
    """What a finished check left."""

    report: Mapping[str, Any] | None
    digests: Sequence[str]
    """The sha256 of its samples."""


def make_folder(home: Path, seed: int) -> None:
    """Write the data set that checks of this seed look at."""
    train = make_image_folder(home / "data", _name(seed), classes={"cat": 3, "dog": 3, "owl": 0})
    first = train / "owl" / "0.png"
    make_image(seed, height=_SIDE, width=_SIDE).save(first)
    for number in range(1, _FILES):
        os.link(first, train / "owl" / f"{number}.png")
    for path in train.rglob("*.png"):
        os.utime(path, (_WRITTEN_AT, _WRITTEN_AT))


def queue_check_of(database: Database, *, max_attempts: int, seed: int) -> str:
    with database.write() as session:
        check = queue_check(
            session,
            "local",
            name=_name(seed),
            dataset_id=None,
            digest=None,
            mark="as it is",
            max_attempts=max_attempts,
        )
        return check.id


def check_record_of(database: Database, check_id: str) -> CheckRecord:
    with database.read() as session:
        check = session.get_one(Check, check_id)
        return CheckRecord(check.report, [check.samples_sha256] if check.samples_sha256 else [])


def _name(seed: int) -> str:
    return f"images_{seed}"


CHECKED = JobKind(
    queue=queue_check_of,
    record=check_record_of,
    once=frozenset({"succeeded"}),
    folder=lambda check_id: check_id,
)
