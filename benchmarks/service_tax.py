"""What the service adds to a search: the same one through it, and called directly, in turns.

The service is `pdarts up` in a folder of its own; the direct search is a fresh process that loads
the same images and calls `run_search`. Compared are

- search: seconds from the first stage's start to the genotypes (of the service: between the two
  events in its history);
- training: seconds of all epochs, as the search itself measures them;
- processor: seconds of processor time, of all the service's processes from the submission to the
  end, or of the direct search's from before the images are loaded to its end (importing torch is
  in neither). On a machine that has other work to do, this is what to look at;
- end to end: from the submission to the answer that the search has succeeded, or from the
  process's start to its end.

    python -m benchmarks.service_tax [--rounds 3] [--threads 2] [--preset quick]
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
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path

import httpx
import torch

from benchmarks.hardware import describe
from benchmarks.processor_time import processor_seconds
from pdarts_core.config import PRESETS
from pdarts_core.events import EpochFinished, GenotypesDerived, StageStarted
from pdarts_core.search import run_search
from worker.datasets import load_dataset

DATASET = "digits"
_START_SECONDS = 180.0
_WAIT_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds that one search took."""

    search: float
    training: float
    processor: float
    end_to_end: float


def search_directly(preset: str, home: Path) -> Times:
    """Search in this process, which has begun already: `end_to_end` is of the search alone."""
    used = time.process_time()
    dataset = load_dataset(DATASET, data_dir=home)
    begin = training = 0.0
    for event in run_search(PRESETS[preset], dataset, device="cpu"):
        match event:
            case StageStarted(stage=1):
                begin = time.perf_counter()
            case EpochFinished():
                training += event.metrics.seconds
            case GenotypesDerived():
                search = time.perf_counter() - begin
                processor = time.process_time() - used
                return Times(
                    search=search, training=training, processor=processor, end_to_end=search
                )
    raise AssertionError("a search ends with its genotypes")


def time_direct_search(preset: str, home: Path, environment: dict[str, str]) -> Times:
    """Search in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.service_tax", "--direct", str(home)]
    begin = time.perf_counter()
    done = subprocess.run(  # noqa: S603  fixed arguments
        [*command, "--preset", preset], env=environment, check=True, capture_output=True, text=True
    )
    end_to_end = time.perf_counter() - begin
    within = json.loads(done.stdout.splitlines()[-1])
    return Times(**within | {"end_to_end": end_to_end})


@contextmanager
def running_service(home: Path, environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Run `pdarts up` and yield its address and process."""
    log = home / "up.said"
    variables = environment | {"PDARTS_HOME": str(home), "PDARTS_PORT": "0"}
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "up"], env=variables, stdout=said, stderr=said
        )
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not (found := re.search(r"is ready at (\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        # A worker that still imports torch would take processor time from the first search.
        while not httpx.get(f"{found[1]}/v1/workers").raise_for_status().json()["data"]:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield found[1], process.pid
    finally:
        process.terminate()
        process.wait()


def time_served_search(preset: str, url: str, process: int) -> Times:
    """Search through the service."""
    used = processor_seconds(process)
    begin = time.perf_counter()
    with httpx.Client(base_url=url, timeout=2 * _WAIT_SECONDS) as client:
        answer = client.post("/v1/searches", json={"dataset": DATASET, "preset": preset})
        place = answer.raise_for_status().headers["Location"]
        status = "queued"
        while status in {"queued", "running"}:
            waited = client.get(place, headers={"Prefer": f"wait={_WAIT_SECONDS}"})
            status = waited.raise_for_status().json()["status"]
        end_to_end = time.perf_counter() - begin
        assert status == "succeeded", waited.text
        processor = processor_seconds(process) - used
        events = client.get(f"{place}/events", params={"limit": 1000}).json()["data"]
    times = {event["type"]: datetime.fromisoformat(event["time"]) for event in reversed(events)}
    epochs = [event["data"]["seconds"] for event in events if event["type"] == "epoch_finished"]
    return Times(
        search=(times["genotypes_derived"] - times["stage_started"]).total_seconds(),
        training=sum(epochs),
        processor=processor,
        end_to_end=end_to_end,
    )


def measure(preset: str, rounds: int, threads: int) -> tuple[list[Times], list[Times]]:
    """Return the times of direct searches and of served ones, in turns."""
    inherited = {name: v for name, v in os.environ.items() if not name.startswith("PDARTS_")}
    environment = inherited | {"OMP_NUM_THREADS": str(threads)}
    direct, served = [], []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with running_service(home, environment) as (url, process):
            for number in range(rounds):
                for kind in ("served", "direct") if number % 2 else ("direct", "served"):
                    if kind == "direct":
                        direct.append(time_direct_search(preset, home, environment))
                    else:
                        served.append(time_served_search(preset, url, process))
                    print(kind, (direct if kind == "direct" else served)[-1], file=sys.stderr)
    return direct, served


def report(options: argparse.Namespace) -> None:
    """Measure, and print a table and a line of JSON."""
    direct, served = measure(options.preset, options.rounds, options.threads)
    print(f"{'seconds':12}{'direct':>10}{'served':>10}{'ratio':>8}   of rounds")
    ratios = {}
    for name in (field.name for field in fields(Times)):
        one, other = ([getattr(times, name) for times in all_of] for all_of in (direct, served))
        ratios[name] = statistics.median(other) / statistics.median(one)
        pairs = sorted(theirs / ours for ours, theirs in zip(one, other, strict=True))
        print(
            f"{name:12}{statistics.median(one):10.2f}{statistics.median(other):10.2f}"
            f"{ratios[name]:8.3f}   {pairs[0]:.3f} to {pairs[-1]:.3f}"
        )
    torch.set_num_threads(options.threads)
    line = {
        "benchmark": "service_tax",
        "hardware": describe(torch.device("cpu")),
        "torch": torch.__version__,
        "dataset": DATASET,
        "preset": options.preset,
        "direct": [asdict(times) for times in direct],
        "served": [asdict(times) for times in served],
        "ratios": ratios,
    }
    print(json.dumps(line))


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="searches of each kind")
    parser.add_argument("--threads", type=int, default=2, help="threads of torch")
    parser.add_argument("--preset", default="quick", choices=list(PRESETS))
    parser.add_argument("--direct", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    told = parse()
    if told.direct:
        print(json.dumps(asdict(search_directly(told.preset, told.direct))))
    else:
        report(told)
