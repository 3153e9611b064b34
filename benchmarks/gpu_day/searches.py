"""Whole, short searches: twice the same, one resumed, some short of memory, one after a fork."""

import multiprocessing
import time
from typing import Any

import torch

from benchmarks.gpu_day.bench import Bench
from benchmarks.gpu_day.report import Report
from pdarts_core.search import run_search
from pdarts_core.stages.checkpoint import Checkpoint, load, save
from pdarts_core.stages.events import (
    BatchHalved,
    EpochFinished,
    GenotypesDerived,
    NotRecorded,
    SearchEvent,
    StepFinished,
)
from pdarts_core.training.usage import give_memory_back

_GIBIBYTES = (4.0, 2.0, 1.0)
_FORK_SECONDS = 120


def compare_runs(bench: Bench, report: Report) -> None:
    """Report how far two runs of one search are apart, and one that was resumed."""
    began = time.perf_counter()
    ran = _run(bench)
    first = _epochs(ran)
    report(
        "search",
        end=type(ran[-1]).__name__,
        s=round(time.perf_counter() - began, 1),
        losses=[epoch.metrics.train_loss for epoch in first],
        not_recorded=[event.reason for event in ran if isinstance(event, NotRecorded)],
    )
    again = _epochs(_run(bench))
    report("same search twice", differ=_differ(first, again))
    rest = _epochs(_run(bench, _stopped(bench)))
    report("resumed", differ=_differ(first[1:], rest))


def run_short_of_memory(bench: Bench, report: Report) -> None:
    """Report how searches end that get less memory than they want."""
    if bench.device.type != "cuda":
        return
    whole = torch.cuda.get_device_properties(bench.device).total_memory
    for gibibytes in _GIBIBYTES:
        give_memory_back(bench.device)
        torch.cuda.set_per_process_memory_fraction(gibibytes * 2**30 / whole)
        halved = 0
        end = "no event"
        try:
            for event in _events(bench, batch_size=256, init_channels=16):
                halved += isinstance(event, BatchHalved)
                end = type(event).__name__
        except RuntimeError as error:
            end = f"{type(error).__name__}: {error}"[:300]
        give_memory_back(bench.device)
        left = torch.cuda.memory_reserved() / 2**30
        report("memory", gib=gibibytes, halved=halved, end=end, left_gib=left)
    torch.cuda.set_per_process_memory_fraction(1.0)


def run_forked(bench: Bench, report: Report) -> None:
    """Report how a search ends in a forked process, as Celery's: before CUDA is touched here."""
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_in_fork, args=(bench, queue))
    began = time.perf_counter()
    child.start()
    child.join(_FORK_SECONDS)
    end = queue.get() if child.exitcode == 0 else f"exit status {child.exitcode}"
    child.kill()
    report("forked", end=end, s=round(time.perf_counter() - began, 1))


def _in_fork(bench: Bench, queue: Any) -> None:
    torch.set_num_threads(1)
    queue.put(type(_run(bench)[-1]).__name__)


def _run(bench: Bench, checkpoint: Checkpoint | None = None) -> list[SearchEvent]:
    return list(
        run_search(
            bench.short_search, bench.noise(512, 16), device=bench.device, checkpoint=checkpoint
        )
    )


def _events(bench: Bench, **changes: Any) -> Any:
    config = type(bench.short_search).from_dict(bench.short_search.to_dict() | changes)
    return run_search(config, bench.noise(1024), device=bench.device)


def _stopped(bench: Bench) -> Checkpoint:
    events = run_search(bench.short_search, bench.noise(512, 16), device=bench.device)
    steps = (event for event in events if isinstance(event, StepFinished))
    return load(save(next(s for s in steps if (s.epoch, s.step) == (2, 1)).snapshot()))


def _epochs(events: list[SearchEvent]) -> list[EpochFinished]:
    assert isinstance(events[-1], GenotypesDerived)
    return [event for event in events if isinstance(event, EpochFinished)]


def _differ(first: list[EpochFinished], second: list[EpochFinished]) -> list[float]:
    return [
        (torch.tensor(a.alphas.normal) - torch.tensor(b.alphas.normal)).abs().max().item()
        for a, b in zip(first, second, strict=True)
    ]
