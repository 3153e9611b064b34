"""Whether the last page of a long list comes as fast as its first, whatever the filter.

A service lists 100,000 searches, 50 on a page, to one connection; the first page and the last, as
long as the first, take turns. Of the filters, `status=failed` and `dataset=cifar100` find the
oldest searches alone, `status=queued` the newest.

    python -m benchmarks.list_pages [--searches 100000] [--repeats 40]
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from benchmarks.hardware import describe_machine
from benchmarks.http_load import Request, run_times
from benchmarks.many_searches import write_searches
from benchmarks.running import (
    DATABASES,
    SERVICE,
    running_api,
    running_database,
    running_redis,
)
from store.database import Database
from store.states import JobState
from store.tables import Job

PAGE = 50
FILTERS = (
    "",
    "status=succeeded",
    "status=failed",
    "status=queued",
    "dataset=digits",
    "dataset=cifar100",
    "status=succeeded&dataset=digits",
)


def cursor_of_last_page(database: Database, words: str) -> str:
    """Return the id after which a whole page of what the filter finds is left."""
    wanted = dict(word.split("=") for word in words.split("&") if word)
    ids = select(Job.id).order_by(Job.id).offset(PAGE).limit(1)
    if "status" in wanted:
        ids = ids.where(Job.state == JobState(wanted["status"]))
    if "dataset" in wanted:
        ids = ids.where(Job.dataset == wanted["dataset"])
    with database.read() as session:
        return session.scalars(ids).one()


def measure(
    kind: str, redis_url: str, options: argparse.Namespace
) -> dict[str, dict[str, list[float]]]:
    """Return the milliseconds of the first and the last page of each filter."""
    with tempfile.TemporaryDirectory() as home, running_database(kind, Path(home)) as url:
        database = Database(url)
        write_searches(database, options.searches)
        variables = {"PDARTS_DATABASE_URL": url, "PDARTS_REDIS_URL": redis_url}
        with running_api(SERVICE, Path(home), variables) as (port, _):
            times = {
                words or "all": measure_filter(port, database, words, options.repeats)
                for words in FILTERS
            }
        database.close()
        return times


def measure_filter(
    port: int, database: Database, words: str, repeats: int
) -> dict[str, list[float]]:
    """Ask for both pages in turns."""
    path = f"/v1/searches?limit={PAGE}" + (f"&{words}" if words else "")
    pages = {"first": path, "last": f"{path}&after={cursor_of_last_page(database, words)}"}
    requests = [Request(kind=name, method="GET", path=path) for name, path in pages.items()]
    order = [request for _ in range(repeats + 2) for request in random.sample(requests, 2)]
    samples = run_times(port, order)
    assert not any(sample.is_error for sample in samples), path
    warm = samples[2 * len(requests) :]
    return {name: [s.seconds * 1000 for s in warm if s.kind == name] for name in pages}


def report(kind: str, times: dict[str, dict[str, list[float]]]) -> dict[str, float]:
    """Print the figures of a database and return the ratios."""
    print(f"{kind:34}{'first, ms':>12}{'last, ms':>12}{'ratio':>8}")
    ratios = {}
    for words, of in times.items():
        first, last = statistics.median(of["first"]), statistics.median(of["last"])
        ratios[words] = last / first
        print(f"{words:34}{first:12.2f}{last:12.2f}{ratios[words]:8.2f}")
    return ratios


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table for each database and a line of JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--searches", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=40, help="of each page")
    parser.add_argument("--database", choices=DATABASES, help="only this one")
    options = parser.parse_args(arguments)
    line: dict[str, object] = {
        "benchmark": "list_pages",
        "hardware": describe_machine(),
        "searches": options.searches,
        "repeats": options.repeats,
    }
    with running_redis() as redis_url:
        for kind in [options.database] if options.database else DATABASES:
            times = measure(kind, redis_url, options)
            medians = {
                words: {page: statistics.median(of) for page, of in pages.items()}
                for words, pages in times.items()
            }
            line[kind] = {"ratios": report(kind, times), "milliseconds": medians}
    print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
