"""On the same machine: both checkpoints of a search are replaced by hostile ones.

The newest inflates from little to 200 MB, the one before it ends within its pickle; names, sha256
and the job's row fit. The search must begin anew, come to its end, and take no more memory.
"""

import hashlib
import re
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import create_engine, text

from pdarts_core.config import SearchConfig, StageConfig
from store.checkpoint_names import CheckpointName
from tests.api.calls import status, submit
from tests.attacks.attack import MIB, Attack, Outcome, Target, ask_workers
from tests.support.checkpoint_files import rewritten
from tests.support.service import processes_of

INFLATED = 200_000_000
_STAGES = (
    StageConfig(layers=3, num_to_keep=3, epochs=60, warmup_epochs=1),
    StageConfig(layers=3, num_to_keep=1, epochs=2, warmup_epochs=1),
)
_SEARCH = {
    "max_images": 20,
    "priority": 100,
    "stages": SearchConfig(stages=_STAGES).to_dict()["stages"],
}
_LOOK_SECONDS = 0.2


def _attack(target: Target) -> Outcome:
    with target.client(target.admin_key) as client:
        watch = _Watch(target)
        search_id = submit(client, **_SEARCH)
        files = target.home / "artifacts" / search_id / "checkpoints"
        ask_workers(client, "undrain")
        watch.wait(lambda: files.exists() and len(list(files.iterdir())) > 1)
        ask_workers(client, "drain")  # which returns the search to the queue
        watch.wait(lambda: status(client, search_id) == "queued")
        before = watch.peak
        _replace(target, search_id, files)
        ask_workers(client, "undrain")
        watch.wait(lambda: status(client, search_id) in {"succeeded", "failed"})
        ended = status(client, search_id)
        events = client.get(f"/searches/{search_id}/events?limit=200").json()["data"]
    reasons = [event["message"] for event in events if event["type"] == "checkpoint_rejected"]
    growth = (watch.peak - before) / MIB
    return Outcome(
        said=f"{len(reasons)} of 2 rejected, the search {ended}; the largest process grew by "
        f"{growth:.0f} MiB",
        held=len(reasons) == 2 and ended == "succeeded" and growth < INFLATED / MIB / 2,
    )


class _Watch:
    """Waits, and looks meanwhile how much memory the largest process of the service has taken."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.peak = 0

    def wait(self, condition: Callable[[], bool]) -> None:
        while not condition():
            if not self._target.has_time():
                raise TimeoutError
            time.sleep(_LOOK_SECONDS)
            self.peak = max(self.peak, *map(_most_memory, processes_of(self._target.home)))


def _most_memory(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0  # just ended
    found = re.search(r"^VmHWM:\s+(\d+) kB", told, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _replace(target: Target, search_id: str, files: Path) -> None:
    older, newest = sorted(files.iterdir())[-2:]
    _put(older, rewritten(older.read_bytes(), _cut_pickle))
    bomb = rewritten(newest.read_bytes(), _inflate, compression=zipfile.ZIP_DEFLATED)
    path, sha256 = _put(newest, bomb)
    engine = create_engine(target.database_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE jobs SET checkpoint_key = :key, checkpoint_sha256 = :sha256 WHERE id = :id"
            ),
            {
                "id": search_id,
                "key": str(path.relative_to(target.home / "artifacts")),
                "sha256": sha256,
            },
        )
    engine.dispose()


def _put(path: Path, data: bytes) -> tuple[Path, str]:
    """Put the file in another's place; return where it is, named as fits it, and its sha256."""
    name = CheckpointName.from_key(path.name)
    assert name is not None, path
    sha256 = hashlib.sha256(data).hexdigest()
    made = path.with_name(str(replace(name, sha256=sha256)))
    path.unlink()
    made.write_bytes(data)
    return made, sha256


def _cut_pickle(name: str, content: bytes) -> bytes:
    return content[: len(content) // 2] if name.endswith(".pkl") else content


def _inflate(name: str, content: bytes) -> bytes:
    return bytes(INFLATED) if name.endswith("/data/0") else content


ATTACK = Attack(name="hostile checkpoints", row=13, run=_attack, seconds=120.0, needs_broker=True)
