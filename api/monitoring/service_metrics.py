"""The service's measurements in Prometheus' form."""

from collections.abc import Iterator, Sequence

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from api.monitoring.measurements import MeasuredWorker, Measurements
from api.monitoring.search_measurements import RecentEpochs
from store.gpu_readings import SlowedBy
from store.kinds import KINDS


class Exposition(Collector):
    """Everything that one answer to Prometheus shows.

    Args:
        requests: what this process counts.
        service: what the database tells; None while it does not answer.
    """

    def __init__(self, requests: Collector, service: Measurements | None) -> None:
        self._requests = requests
        self._service = service

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        is_up = self._service is not None
        yield GaugeMetricFamily("pdarts_up", "1 if the database answers, else 0.", value=is_up)
        if self._service is not None:
            yield from service_metrics(self._service)
        yield from self._requests.collect()


def service_metrics(service: Measurements) -> Iterator[Metric]:
    """Yield the metrics of the whole service; every API process shows the same."""
    for kind, counts in service.jobs.items():
        plural = KINDS[kind].plural
        jobs = _gauge(plural, f"{plural.capitalize()}, by status.", "status")
        for status, count in counts.items():
            jobs.add_metric([status], count)
        yield jobs
    yield _single(
        "queue_oldest_wait_seconds",
        "How long ago the job that waits longest was queued.",
        service.oldest_wait_seconds,
    )
    yield _single("running_attempts", "Attempts that hold a lease.", service.running_attempts)
    yield _single(
        "expired_leases",
        "Attempts whose lease has run out and that the recovery has not ended yet.",
        service.expired_leases,
    )
    yield _single(
        "recent_lost_attempts",
        "Attempts of the last hour whose worker was lost.",
        service.recent_lost_attempts,
    )
    failures = _gauge("recent_failures", "Jobs that failed in the last hour.", "code")
    for code, count in service.recent_failures.items():
        failures.add_metric([code], count)
    yield failures
    yield _single(
        "recent_collapses",
        "Stages of searches whose normal cell collapsed into skip-connects in the last hour.",
        service.recent_collapses,
    )
    yield from _epochs(service.recent_epochs)
    yield from _workers(service.workers)


def _epochs(epochs: Sequence[RecentEpochs]) -> Iterator[Metric]:
    counts = _gauge("recent_epochs", "Epochs of searches that ended in the last hour.", "phase")
    seconds = _gauge("recent_epoch_seconds", "How long these epochs took.", "phase", "quantile")
    for recent in epochs:
        counts.add_metric([recent.phase], recent.count)
        for quantile, value in recent.seconds.items():
            seconds.add_metric([recent.phase, f"{quantile:g}"], value)
    yield counts
    yield seconds


def _workers(workers: Sequence[MeasuredWorker]) -> Iterator[Metric]:
    named = ("worker", "name", "device")
    age = _gauge("worker_beat_age_seconds", "Time since the worker's beat.", *named)
    busy = _gauge("worker_busy", "1 if the worker runs a job.", *named)
    draining = _gauge("worker_draining", "1 if the worker takes nothing new.", *named)
    memory = _gauge("worker_device_memory_bytes", "Memory of the worker's device.", *named)
    taken = _gauge(
        "worker_search_memory_bytes",
        "The most that the newest epoch of the worker's search took; of searches only.",
        *named,
    )
    for worker in workers:
        labels = [worker.id, worker.name, worker.device]
        age.add_metric(labels, worker.beat_age_seconds)
        busy.add_metric(labels, worker.is_busy)
        draining.add_metric(labels, worker.is_draining)
        memory.add_metric(labels, worker.device_memory_bytes)
        if worker.search_memory_bytes is not None:
            taken.add_metric(labels, worker.search_memory_bytes)
    yield from (age, busy, draining, memory, taken)
    yield from _gpus(workers)


def _gpus(workers: Sequence[MeasuredWorker]) -> Iterator[Metric]:
    named = ("worker", "name", "gpu")
    utilization = _gauge(
        "gpu_utilization_ratio",
        "The share of the last second or less in which anything ran on the GPU.",
        *named,
    )
    used = _gauge("gpu_memory_used_bytes", "Memory of the GPU in use.", *named)
    others = _gauge(
        "gpu_memory_of_others_bytes",
        "GPU memory held by processes that are not the worker's.",
        *named,
    )
    heat = _gauge("gpu_temperature_celsius", "Temperature of the GPU.", *named)
    slowed = _gauge("gpu_slowed", "1 if the GPU is slowed for this reason.", *named, "reason")
    for worker in workers:
        for gpu in worker.gpus:
            labels = [worker.id, worker.name, gpu.uuid]
            for gauge, value in (
                (utilization, gpu.utilization),
                (used, gpu.memory_used_bytes),
                (others, gpu.memory_of_others_bytes),
                (heat, gpu.temperature_celsius),
            ):
                if value is not None:
                    gauge.add_metric(labels, value)
            for reason in SlowedBy:
                slowed.add_metric([*labels, reason], reason in gpu.slowed_by)
    yield from (utilization, used, others, heat, slowed)


def _gauge(name: str, meaning: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"pdarts_{name}", meaning, labels=labels)


def _single(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"pdarts_{name}", meaning, value=value)
