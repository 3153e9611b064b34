"""How fast the service answers when started as users start it, beside plain uvicorn.

`pdarts up`, the same application by `uvicorn --port`, and an application that always says the same
by `uvicorn --port` take turns. Load comes from wrk on this machine: connections that are kept
alive, on each of which one search is read again and again.

    python -m benchmarks.serving [--rounds 5] [--seconds 3] [--connections 1 8 32]
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks.hardware import describe_machine
from benchmarks.running import SERVICE, running_api, running_database
from benchmarks.wrk import Load, NoLoadGenerator, find_wrk, run_wrk
from pdarts_core.config import PRESETS
from store.database import Database
from tests.support.played_search import play_search
from tests.support.service import service

BARE = "benchmarks.bare_app:create_app"
Rounds = Mapping[tuple[int, str], Sequence[Load]]


@contextmanager
def targets(folder: Path) -> Iterator[dict[str, str]]:
    """Run the service and what it is compared with; yield where each answers."""
    with running_database("sqlite", folder) as database_url:
        database = Database(database_url)
        with database.write() as session:
            search_id = play_search(session, PRESETS["quick"])
        database.close()
        path = f"/v1/searches/{search_id}"
        variables = {"PDARTS_DATABASE_URL": database_url}
        with (
            service(folder / "home", **variables) as up,
            running_api(SERVICE, folder, variables) as (plain, _),
            running_api(BARE, folder, variables) as (bare, _),
        ):
            yield {
                "pdarts up": up.url + path,
                "uvicorn": f"http://127.0.0.1:{plain}{path}",
                "bare app": f"http://127.0.0.1:{bare}{path}",
            }


def measure(urls: Mapping[str, str], options: argparse.Namespace) -> Rounds:
    """Put load on each in turns."""
    rounds: dict[tuple[int, str], list[Load]] = defaultdict(list)
    for url in urls.values():
        run_wrk(url, connections=1, seconds=1)
    for number in range(options.rounds):
        for connections in options.connections:
            for name in sorted(urls, reverse=bool(number % 2)):
                load = run_wrk(urls[name], connections=connections, seconds=options.seconds)
                rounds[connections, name].append(load)
                print(connections, name, load, file=sys.stderr, flush=True)
    return rounds


def report(rounds: Rounds) -> None:
    """Print the median of each figure over the rounds."""
    print(f"{'':4}{'':12}{'requests/s':>12}{'p50, ms':>10}{'p99, ms':>10}   errors of n")
    for (connections, name), loads in rounds.items():
        throughput, p50, p99 = (
            statistics.median(getattr(load, figure) for load in loads)
            for figure in ("throughput", "p50", "p99")
        )
        errors, requests = (
            sum(getattr(load, of) for load in loads) for of in ("errors", "requests")
        )
        print(
            f"{connections:<4}{name:12}{throughput:12.0f}{p50:10.2f}{p99:10.2f}"
            f"   {errors} of {requests}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table and a line of JSON; return 1 if a request failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="of each")
    parser.add_argument("--seconds", type=int, default=3, help="of a round")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 32])
    options = parser.parse_args(arguments)
    try:
        find_wrk()
    except NoLoadGenerator as error:
        print(error, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, targets(Path(folder)) as urls:
        rounds = measure(urls, options)
    report(rounds)
    figures: dict[str, list[dict[str, float]]] = {
        f"{name}, {connections}": [asdict(load) for load in loads]
        for (connections, name), loads in rounds.items()
    }
    print(json.dumps({"benchmark": "serving", "hardware": describe_machine(), **figures}))
    return int(any(load.errors for loads in rounds.values() for load in loads))


if __name__ == "__main__":
    sys.exit(main())
