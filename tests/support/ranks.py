"""Several processes of one group, played by threads of this one; Gloo carries their sums."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar, cast

from torch._C._distributed_c10d import HashStore
from torch.distributed import distributed_c10d

from pdarts_core.parallel.communicator import Communicator
from pdarts_core.parallel.group import GroupCommunicator, ProcessGroup

T = TypeVar("T")
_PATIENCE = timedelta(seconds=60)


def in_ranks(processes: int, work: Callable[[Communicator], T]) -> list[T]:
    """Do the same in each rank of a group at once; return what each returned.

    An error of one rank is raised here.
    """
    store = HashStore()
    results: dict[int, T] = {}
    errors: list[BaseException] = []

    def play(rank: int) -> None:
        try:
            group = distributed_c10d.ProcessGroupGloo(store, rank, processes, _PATIENCE)
            results[rank] = work(GroupCommunicator(cast("ProcessGroup", group)))
        except BaseException as error:  # noqa: BLE001  it is raised below
            errors.append(error)

    threads = [threading.Thread(target=play, args=(rank,)) for rank in range(processes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        raise error
    return [results[rank] for rank in range(processes)]
