"""What must be true of a search at its end, whatever happened before."""

from collections import Counter
from itertools import pairwise
from typing import Any

from pdarts_core.config import SearchConfig, StageConfig
from store.database import Database
from store.states import JobState
from tests.support.jobs import (
    SearchRecord,
    event_types,
    events_of,
    record_of,
    wait_for_state,
)
from tests.support.selection import is_everything_wanted

PATIENCE_SECONDS = 150.0
"""How long a search may take to end on a busy machine, a fault included."""
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


def assert_ended_well(
    database: Database, search_id: str, undisturbed: SearchRecord, *, redone: int = 0
) -> None:
    """Wait for the end; hold the search to having ended once, with the undisturbed result.

    Args:
        database: where it is.
        search_id: the search.
        undisturbed: what the same search leaves when nothing happens to it.
        redone: how many epochs may have been reported twice.
    """
    ends = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)
    job = wait_for_state(database, search_id, *ends, seconds=PATIENCE_SECONDS)
    events = events_of(database, search_id)
    history = "\n".join(f"{event.seq} {event.type}: {event.message}" for event in events)
    assert job.state is JobState.SUCCEEDED, history
    types = [event.type for event in events]
    assert types.count("genotypes_derived") == types.count("succeeded") == 1, history
    assert types[-1] == "succeeded", history
    assert [event.seq for event in events] == list(range(1, len(events) + 1)), history
    told = [(e.data["stage"], e.data["epoch"]) for e in events if e.type == "epoch_finished"]
    assert sorted(set(told)) == EPOCHS, history
    assert len(told) - len(EPOCHS) <= redone, history
    assert redone or all(a < b for a, b in pairwise(told)), history
    assert record_of(database, search_id) == undisturbed, history


def count_events(database: Database, search_id: str) -> Counter[str]:
    return Counter(event_types(database, search_id))
