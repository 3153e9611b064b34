"""How a job runs in a group of processes: from a checkpoint, and anew where memory runs out."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from pdarts_core.parallel.communicator import Communicator, StartAnew
from worker.ranks.group import RankGroup
from worker.ranks.parcel import Contents

C = TypeVar("C")
E = TypeVar("E")


def run_in_group(
    group: RankGroup,
    checkpoint: C | None,
    *,
    run: Callable[[C | None, Communicator], Iterator[E]],
    contents: Callable[[C | None], Contents],
    goes_back_to: Callable[[E], C | None],
) -> Iterator[E]:
    """Return the events of a job after a checkpoint, or all of them.

    Args:
        group: runs it.
        checkpoint: of the job.
        run: the job, in this process; what it raises at once is raised here.
        contents: what the other processes are given to run it as well.
        goes_back_to: of an event after which memory ran out: where the job begins again.
    """
    if group.size == 1:
        return run(checkpoint, group.start({}))
    communicator = group.start(contents(checkpoint))
    try:
        events = run(checkpoint, communicator)
    except Exception:
        group.stop()
        raise

    def go_on(events: Iterator[E]) -> Iterator[E]:
        again: C | None = None
        while True:
            try:
                for event in events:
                    again = goes_back_to(event)
                    yield event
            except StartAnew:
                pass
            else:
                group.stop()
                return
            group.stop()
            events = run(again, group.start(contents(again)))

    return go_on(events)
