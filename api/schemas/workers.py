"""Workers as clients see them."""

from datetime import datetime

from api.http.bodies import Body, described
from store.tables import Worker


class WorkerBody(Body):
    """A worker process on a device."""

    id: str = described("The worker's id")
    name: str = described("Host and process")
    host: str = described("The machine that it runs on")
    device: str = described("As PyTorch names it", examples=["cuda:0", "cpu"])
    device_name: str = described("As its maker calls it")
    memory_bytes: int = described("Of the device")
    version: str = described("Of this software")
    alive: bool = described("Whether its beat is fresh")
    draining: bool = described(
        "It gives its search back and takes no other, until it is told to again"
    )
    search: str | None = described("The id of the search that it runs, if that is yours")
    busy: bool = described("Whether it runs a search")
    started_at: datetime = described("When it came up")
    last_beat_at: datetime = described("When it last said that it lives")


class CapacityBody(Body):
    """How much of the service is free."""

    workers: int = described("Those that are alive")
    busy: int = described("Of these, those that run a search")
    idle: int = described("Of these, those that would take one on now")
    queued: int = described("Searches that wait for a worker")
    next_start_at: datetime | None = described(
        "When a search submitted now, with priority 0, is expected to start; null where that "
        "cannot be told"
    )


def worker_body(worker: Worker, *, alive: bool, own_search: str | None) -> WorkerBody:
    """Return what a client is shown of a worker, and of the search that it runs if it is theirs."""
    return WorkerBody(
        id=worker.id,
        name=worker.name,
        host=worker.host,
        device=worker.device,
        device_name=worker.device_name,
        memory_bytes=worker.memory_bytes,
        version=worker.version,
        alive=alive,
        draining=worker.draining,
        busy=worker.job_id is not None,
        search=own_search,
        started_at=worker.started_at,
        last_beat_at=worker.last_beat_at,
    )
