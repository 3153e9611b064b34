"""Load by wrk, which is no Python program and so takes little of the processor from the service."""

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

_SAY_JSON = """
done = function(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "errors": %d, "p50": %.1f, "p99": %.1f}',
    summary.requests, summary.duration, failed,
    latency:percentile(50), latency:percentile(99)))
end
"""


class NoLoadGenerator(Exception):
    """There is no wrk on this machine; the message says how to get it."""

    def __init__(self) -> None:
        super().__init__("this benchmark needs wrk: apt-get install wrk, or brew install wrk")


@dataclass(frozen=True, kw_only=True)
class Load:
    """What some seconds of requests came to. Times are in milliseconds."""

    requests: int
    errors: int
    throughput: float
    """Requests a second."""
    p50: float
    p99: float


def find_wrk() -> str:
    """Return the path of wrk.

    Raises:
        NoLoadGenerator: there is none.
    """
    found = shutil.which("wrk")
    if found is None:
        raise NoLoadGenerator
    return found


def run_wrk(url: str, *, connections: int, seconds: int) -> Load:
    """Ask for a URL again and again, over so many connections that are kept alive.

    Raises:
        NoLoadGenerator: there is no wrk.
    """
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "say_json.lua"
        script.write_text(_SAY_JSON)
        command = [find_wrk(), "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return read_load(said)


def read_load(said: str) -> Load:
    """Read what the script has wrk say, which is its last line."""
    found = json.loads(said.splitlines()[-1])
    return Load(
        requests=found["requests"],
        errors=found["errors"],
        throughput=found["requests"] / found["microseconds"] * 1e6,
        p50=found["p50"] / 1000,
        p99=found["p99"] / 1000,
    )
