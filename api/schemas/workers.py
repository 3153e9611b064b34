"""Workers as clients see them."""

from datetime import datetime

from api.http.bodies import Body, described
from store.gpu_readings import SlowedBy, restored
from store.ids import search_id_of
from store.tables import Worker


class GpuBody(Body):
    """A worker's GPU as its driver saw it at the worker's last heartbeat.

    Figures that the driver does not report are null; it reports few for a slice of a GPU (MIG).
    """

    uuid: str = described("What the driver calls it")
    name: str = described("Its product name")
    utilization: float | None = described(
        "The share of the last second or less, 0 to 1, in which anything ran on it; this says "
        "nothing about how much of the GPU that kept busy"
    )
    memory_used_bytes: int | None = described("Memory in use, by any process")
    memory_total_bytes: int | None = described("Its total memory")
    memory_of_others_bytes: int | None = described(
        "Memory held by processes that are not this worker's; null if that is unknown, as it is in "
        "a container while the worker runs a job"
    )
    temperature_celsius: int | None = described("Its temperature")
    slowed_by: list[SlowedBy] = described(
        "Why its clock is lower than it could be: `heat`: it is too hot; `power_brake`: the power "
        "supply or the machine asked for it; `hardware`: the GPU slowed itself down, and does not "
        "say why; `power_limit`: it uses all the power that it may, as is usual under full load"
    )


class WorkerBody(Body):
    """A worker process on a device."""

    id: str = described("The worker's ID")
    name: str = described("Host and process")
    host: str = described("The machine that it runs on")
    device: str = described("The device, as PyTorch names it", examples=["cuda:0", "cpu"])
    device_name: str = described("The product name of the device")
    memory_bytes: int = described("Memory of the device")
    device_count: int = described("How many devices like it the worker offers to one job")
    gpus: list[GpuBody] = described(
        "Its GPUs at its last heartbeat; empty if it has none or their driver does not answer"
    )
    version: str = described("Version of the software")
    alive: bool = described("Whether its heartbeat is recent")
    draining: bool = described(
        "Whether it is giving its job back and takes no other until it is undrained"
    )
    job: str | None = described("The ID of the job that it is running, if that is yours")
    search: str | None = described("The same, if that is a search")
    busy: bool = described("Whether it is running a job")
    started_at: datetime = described("When it started")
    last_beat_at: datetime = described("When its last heartbeat came")


class CapacityBody(Body):
    """How much of the service is free."""

    workers: int = described("Workers that are alive")
    busy: int = described("Workers that are running a job")
    idle: int = described("Workers that could start a job now")
    queued: int = described("Jobs waiting for a worker")
    next_start_at: datetime | None = described(
        "When a search submitted now, with priority 0, is expected to start; null if that cannot "
        "be estimated"
    )


def worker_body(worker: Worker, *, alive: bool, own_job: str | None) -> WorkerBody:
    """Return what a client is shown of a worker, and of the job that it runs if it is theirs."""
    return WorkerBody(
        id=worker.id,
        name=worker.name,
        host=worker.host,
        device=worker.device,
        device_name=worker.device_name,
        memory_bytes=worker.memory_bytes,
        device_count=worker.device_count,
        gpus=[GpuBody(**vars(reading)) for reading in restored(worker.gpus)],
        version=worker.version,
        alive=alive,
        draining=worker.draining,
        busy=worker.job_id is not None,
        job=own_job,
        search=search_id_of(own_job),
        started_at=worker.started_at,
        last_beat_at=worker.last_beat_at,
    )
