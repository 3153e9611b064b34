"""What the service adds to a search: the same one through it, and called directly, in turns.

The service is `pdarts up` in a folder of its own; the direct search is a process that loads the
same images and calls `run_search`. Both search at the same time, yet only one of them runs at any
moment: every few seconds all processes of one are stopped and those of the other go on, so that
both meet the same machine. Both are started anew in every round, for where its memory happens to
lie makes a process faster or slower by some per cent, to its end. Compared are, of the time that
each of them ran,

- search: seconds from the first stage's start to the genotypes (of the service: between the two
  events in its history);
- processor: seconds of processor time, of all the service's processes from the submission to the
  end, or of the direct search's from before the images are loaded to its end (importing torch is
  in neither);
- end to end: from the submission to the search's success in the history, or from the process's
  start to its end.

    python -m benchmarks.service_tax [--rounds 3] [--threads 1] [--preset quick] [--epochs 5]
        [--turn 2]
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import httpx
import torch

from benchmarks.hardware import describe
from benchmarks.processor_time import processor_seconds
from benchmarks.turns import Program, take_turns
from pdarts_core.config import PRESETS, SearchConfig
from pdarts_core.search import run_search
from pdarts_core.stages.events import GenotypesDerived, StageStarted
from worker.datasets.loading import load_dataset

DATASET = "digits"
_LOADED = "the images are loaded"
_START_SECONDS = 180.0
_WAIT_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds that one search took, of those that its processes ran."""

    search: float
    processor: float
    end_to_end: float


def search_config(options: argparse.Namespace) -> SearchConfig:
    """Return the preset's configuration, with the given number of epochs in each stage."""
    config = PRESETS[options.preset]
    if options.epochs is None:
        return config
    stages = (
        replace(
            stage,
            epochs=options.epochs,
            warmup_epochs=min(stage.warmup_epochs, options.epochs - 1),
        )
        for stage in config.stages
    )
    return replace(config, stages=tuple(stages))


def search_directly(config: SearchConfig, home: Path) -> None:
    """Search in this process, and print when it began and ended and what it used."""
    used = time.process_time()
    dataset = load_dataset(DATASET, data_dir=home)
    print(_LOADED, flush=True)
    begin = 0.0
    for event in run_search(config, dataset, device="cpu"):
        match event:
            case StageStarted(stage=1):
                begin = time.time()
            case GenotypesDerived():
                end = time.time()
    print(json.dumps({"begin": begin, "end": end, "processor": time.process_time() - used}))


class DirectSearch:
    """A search in a fresh process."""

    def __init__(
        self, options: argparse.Namespace, home: Path, environment: dict[str, str]
    ) -> None:
        command = [sys.executable, "-m", "benchmarks.service_tax", "--direct", str(home)]
        command += ["--preset", options.preset]
        if options.epochs is not None:
            command += ["--epochs", str(options.epochs)]
        self._started_at = time.time()
        self._process = subprocess.Popen(  # noqa: S603  fixed arguments
            command,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            # As the service's: the kernel shares a busy machine out between sessions.
            start_new_session=True,
        )
        self.program = Program(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def load(self) -> None:
        """Wait until its images are loaded."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == _LOADED

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended."""
        return self._process.poll() is not None

    def times(self) -> Times:
        """Return its times when it is over."""
        said, _ = self._process.communicate()
        assert self._process.returncode == 0
        told = json.loads(said)
        run = self.program.running_seconds
        return Times(
            search=run(told["begin"], told["end"]),
            processor=told["processor"],
            end_to_end=run(self._started_at, told["end"]),
        )


class Service:
    """A running `pdarts up`."""

    def __init__(self, url: str, pid: int) -> None:
        self.program = Program(pid)
        self._pid = pid
        self._client = httpx.Client(base_url=url, timeout=2 * _WAIT_SECONDS)

    def wait_for_worker(self) -> None:
        """Wait until torch is imported, which would take processor time from the first search."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._get("/v1/workers")["data"]:
            assert time.monotonic() < deadline
            time.sleep(0.2)

    def submit(self, config: SearchConfig) -> None:
        """Submit a search, and wait until its first stage begins."""
        self._used = processor_seconds(self._pid)
        self._submitted_at = time.time()
        answer = self._client.post("/v1/searches", json={"dataset": DATASET} | config.to_dict())
        self._place = answer.raise_for_status().headers["Location"]
        while "stage_started" not in self._event_times():
            time.sleep(0.05)

    def times(self) -> Times:
        """Wait for the search's end and return its times."""
        search = {"status": "running"}
        while search["status"] == "running":
            search = self._get(self._place, headers={"Prefer": f"wait={_WAIT_SECONDS}"})
        used = processor_seconds(self._pid) - self._used
        assert search["status"] == "succeeded", search
        events = self._event_times()
        run = self.program.running_seconds
        return Times(
            search=run(events["stage_started"], events["genotypes_derived"]),
            processor=used,
            end_to_end=run(self._submitted_at, events["succeeded"]),
        )

    def _event_times(self) -> dict[str, float]:
        """Return when an event of each type came first."""
        events = self._get(f"{self._place}/events", params={"limit": 1000})["data"]
        return {
            event["type"]: datetime.fromisoformat(event["time"]).timestamp()
            for event in reversed(events)
        }

    def _get(self, path: str, **options: Any) -> Any:
        return self._client.get(path, **options).raise_for_status().json()


@contextmanager
def running_service(home: Path, environment: dict[str, str]) -> Iterator[Service]:
    """Run `pdarts up`."""
    log = home / "up.said"
    variables = environment | {"PDARTS_HOME": str(home), "PDARTS_PORT": "0"}
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "up"], env=variables, stdout=said, stderr=said
        )
    service = None
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not (found := re.search(r"is ready at (\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        service = Service(found[1], process.pid)
        service.wait_for_worker()
        yield service
    finally:
        if service is not None:  # what is paused does not hear a signal
            service.program.resume()
        process.terminate()
        process.wait()


def search_in_turns(options: argparse.Namespace, *, serves_first: bool) -> tuple[Times, Times]:
    """Return the times of a direct search and of a served one."""
    inherited = {name: v for name, v in os.environ.items() if not name.startswith("PDARTS_")}
    environment = inherited | {"OMP_NUM_THREADS": str(options.threads)}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_service(Path(folder), environment) as service,
    ):
        service.program.pause()
        with DirectSearch(options, Path(folder), environment) as direct:
            direct.load()
            direct.program.pause()
            service.program.resume()
            service.submit(search_config(options))
            service.program.pause()
            pair = (direct.program, service.program)
            one, other = reversed(pair) if serves_first else pair
            take_turns(one, other, seconds=options.turn, is_over=lambda: direct.is_over)
            return direct.times(), service.times()


def measure(options: argparse.Namespace) -> tuple[list[Times], list[Times]]:
    """Return the times of direct searches and of served ones."""
    direct, served = [], []
    for number in range(options.rounds):
        one, other = search_in_turns(options, serves_first=bool(number % 2))
        print(one, other, sep="\n", file=sys.stderr, flush=True)
        direct.append(one)
        served.append(other)
    return direct, served


def report(options: argparse.Namespace) -> None:
    """Measure, and print a table and a line of JSON."""
    direct, served = measure(options)
    print(f"{'seconds':12}{'direct':>10}{'served':>10}{'ratio':>8}   within each round")
    ratios, ratios_of_rounds = {}, {}
    for name in (field.name for field in fields(Times)):
        one, other = ([getattr(times, name) for times in all_of] for all_of in (direct, served))
        ratios[name] = statistics.median(other) / statistics.median(one)
        pairs = [theirs / ours for ours, theirs in zip(one, other, strict=True)]
        ratios_of_rounds[name] = pairs
        print(
            f"{name:12}{statistics.median(one):10.2f}{statistics.median(other):10.2f}"
            f"{ratios[name]:8.3f}   {statistics.median(pairs):.3f}"
            f" ({min(pairs):.3f} to {max(pairs):.3f})"
        )
    torch.set_num_threads(options.threads)
    line = {
        "benchmark": "service_tax",
        "hardware": describe(torch.device("cpu")),
        "torch": torch.__version__,
        "dataset": DATASET,
        "preset": options.preset,
        "epochs": options.epochs,
        "turn_seconds": options.turn,
        "direct": [asdict(times) for times in direct],
        "served": [asdict(times) for times in served],
        "ratios": ratios,
        "ratios_of_rounds": ratios_of_rounds,
    }
    print(json.dumps(line))


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="searches of each kind")
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        help="of torch, at most; a worker gives quick on digits one",
    )
    parser.add_argument("--preset", default="quick", choices=list(PRESETS))
    parser.add_argument("--epochs", type=int, help="epochs of each stage, if not the preset's")
    parser.add_argument("--turn", type=float, default=2.0, help="seconds that each runs in turn")
    parser.add_argument("--direct", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    told = parse()
    if told.direct:
        search_directly(search_config(told), told.direct)
    else:
        report(told)
