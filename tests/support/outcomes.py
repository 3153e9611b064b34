"""What must be true of a job at its end, whatever happened before."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pdarts_core.config import SearchConfig, StageConfig
from store.database import Database
from store.kinds import EVALUATION, SEARCH, kind_of_id
from store.model_files import model_folder
from store.states import JobState
from tests.support.evaluation_jobs import (
    SMALL,
    evaluation_record_of,
    make_evaluation_spec,
    queue_evaluation,
)
from tests.support.jobs import (
    event_types,
    events_of,
    make_spec,
    queue_search,
    record_of,
    wait_for_state,
)
from tests.support.selection import is_everything_wanted

PATIENCE_SECONDS = 150.0
"""How long a job may take to end on a busy machine, a fault included."""
_ALL_STAGES = (
    StageConfig(layers=3, num_to_keep=5, epochs=2, warmup_epochs=1),
    StageConfig(layers=3, num_to_keep=3, dropout_rate=0.3, epochs=2, warmup_epochs=1),
    StageConfig(layers=3, num_to_keep=1, dropout_rate=0.5, epochs=2, warmup_epochs=1),
)
STAGES = _ALL_STAGES if is_everything_wanted() else (_ALL_STAGES[0], _ALL_STAGES[-1])
"""A search goes from its second stage to its third as it does from its first to its second."""
EPOCHS = [
    (number, epoch)
    for number, stage in enumerate(STAGES, start=1)
    for epoch in range(1, stage.epochs + 1)
]
SHORT: dict[str, Any] = {
    "stages": SearchConfig(stages=STAGES).to_dict()["stages"],
    "max_images": 20,
}
"""Of a spec: epochs of one step each."""
STEPPED: dict[str, Any] = SHORT | {"max_images": 40}
"""Of a spec: epochs of two steps each, so that there is a middle to be stopped in."""


class Record(Protocol):
    """What a finished job left, without what depends on when and how fast it ran."""

    @property
    def digests(self) -> Sequence[str]:
        """The sha256 of each file that it ends with."""
        ...


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """A kind of job: how one is queued, and what it leaves."""

    queue: Callable[..., str]
    record: Callable[..., Record]
    once: frozenset[str]
    """What is told at the end alone."""
    folder: Callable[[str], str] = model_folder
    """Where the files lie that one ends with, among the artifacts."""


@dataclass(frozen=True, kw_only=True)
class Target(JobKind):
    """A kind of job that faults hit at each of its steps."""

    spec: Callable[..., dict[str, Any]]
    """Its complete spec, with changes."""
    short: Mapping[str, Any]
    """Of a spec: epochs of one step each."""
    stepped: Mapping[str, Any]
    """Of a spec: epochs of two steps each."""
    epochs: Sequence[tuple[int | None, int]]
    """Stages, where there are any, and epochs."""


TARGETS: Mapping[str, Target] = {
    SEARCH.name: Target(
        queue=queue_search,
        spec=make_spec,
        record=record_of,
        short=SHORT,
        stepped=STEPPED,
        epochs=EPOCHS,
        once=frozenset({"genotypes_derived", "succeeded"}),
    ),
    EVALUATION.name: Target(
        queue=queue_evaluation,
        spec=make_evaluation_spec,
        record=evaluation_record_of,
        short={"max_images": 20},
        stepped={"max_images": 40},
        epochs=[(None, epoch) for epoch in range(1, SMALL.epochs + 1)],
        once=frozenset({"succeeded"}),
    ),
}
"""By the names of the kinds."""


def target_of(job_id: str) -> Target:
    kind = kind_of_id(job_id)
    assert kind is not None, job_id
    return TARGETS[kind.name]


def assert_ended_well(
    database: Database,
    job_id: str,
    undisturbed: Record,
    *,
    redone: int = 0,
    home: Path | None = None,
) -> None:
    """Wait for the end; hold the job to having ended once, with the undisturbed result.

    Args:
        database: where it is.
        job_id: the job.
        undisturbed: what the same job leaves when nothing happens to it.
        redone: how many epochs may have been reported twice.
        home: where its artifacts are; then its files are looked at as well.
    """
    ends = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)
    job = wait_for_state(database, job_id, *ends, seconds=PATIENCE_SECONDS)
    events = events_of(database, job_id)
    history = "\n".join(f"{event.seq} {event.type}: {event.message}" for event in events)
    assert job.state is JobState.SUCCEEDED, history
    target = target_of(job_id)
    types = [event.type for event in events]
    assert [types.count(told) for told in target.once] == [1] * len(target.once), history
    assert types[-1] == "succeeded", history
    assert [event.seq for event in events] == list(range(1, len(events) + 1)), history
    told = [(e.data.get("stage"), e.data["epoch"]) for e in events if e.type == "epoch_finished"]
    assert set(told) == set(target.epochs), history
    assert len(told) - len(target.epochs) <= redone, history
    assert redone or told == sorted(set(told), key=target.epochs.index), history
    assert target.record(database, job_id) == undisturbed, history
    if home is not None:
        folder = home / "artifacts" / target.folder(job_id)
        assert digests_in(folder) == sorted(undisturbed.digests), history


def digests_in(folder: Path) -> list[str]:
    """Return the sha256 of each file that a job ended with, half-written ones among them."""
    found = folder.glob("*")
    return sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in found)


def count_events(database: Database, job_id: str) -> Counter[str]:
    return Counter(event_types(database, job_id))
