"""How much load one API process bears, against the same handlers stripped to the least they need.

The service (`pdarts up`'s API) and the stripped one (benchmarks.stripped_service) serve the same
database and take turns. Load comes from this machine: connections that each send one request after
another, of which

- 30 % read a search, 30 % poll one with `If-None-Match` and are answered 304;
- 15 % list a page of 50 searches (all, by status, by data set), 15 % read the events of one;
- 10 % create a search, half of them with an `Idempotency-Key`.

Then what a 304 costs: as many connections read searches, and poll them, in turns; after them a
single connection, for which no poll can share a look at the database with another. What was created
is deleted between rounds. On a machine that has other work to do, look at the processor time.

    python -m benchmarks.api_load [--rounds 5] [--seconds 3] [--connections 8] [--keys]
"""

import argparse
import itertools
import json
import random
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sqlalchemy import delete, select

from benchmarks.hardware import describe_machine
from benchmarks.http_load import MakeRequest, Request, Sample, run_load
from benchmarks.processor_time import processor_seconds
from benchmarks.running import (
    DATABASES,
    SERVICE,
    running_api,
    running_database,
    running_redis,
)
from pdarts_core.config import PRESETS
from store.database import Database
from store.keys import create_key
from store.scopes import Scope
from store.tables import IdempotentRequest, Job
from tests.support.played_search import play_search

OWNER = "local"
STRIPPED = "benchmarks.stripped_service:create_app"
SEARCHES = 120
ALONE = " alone"
"""Ends the names of the figures for a single connection."""
_BODY = json.dumps({"dataset": "digits", "preset": "quick", "name": "load"}).encode()


@dataclass(frozen=True, kw_only=True)
class Seeded:
    """A search in the database, and its entity tag."""

    id: str
    tag: str


@dataclass(frozen=True, kw_only=True)
class Round:
    """The result of a stretch of load. Times are in milliseconds."""

    requests: int
    errors: int
    throughput: float
    """Requests a second."""
    p50: float
    p99: float
    processor: float
    """Processor time of the API process for each request."""


def seed(database: Database) -> list[Seeded]:
    """Write searches: some that ended, with their epochs and events, some under way."""
    config = PRESETS["quick"]
    with database.write() as session:
        for number in range(SEARCHES):
            play_search(session, config, until=None if number % 4 else (2, 3))
    with database.read() as session:
        rows = session.execute(select(Job.id, Job.version).order_by(Job.id)).all()
        return [Seeded(id=row.id, tag=f'"{row.version}"') for row in rows]


def read(search: Seeded) -> Request:
    """Read a search."""
    return Request(kind="read", method="GET", path=f"/v1/searches/{search.id}")


def poll(search: Seeded) -> Request:
    """Read a search that has not changed."""
    path, known = f"/v1/searches/{search.id}", {"If-None-Match": search.tag}
    return Request(kind="poll", method="GET", path=path, headers=known, expected=304)


def on_any(searches: Sequence[Seeded], make: Callable[[Seeded], Request]) -> MakeRequest:
    """Return a function that makes a request about any of the searches."""
    return lambda dice: make(dice.choice(searches))


def mix(searches: Sequence[Seeded]) -> MakeRequest:
    """Return a function that makes the mix of requests."""
    keys = itertools.count()
    run = random.randrange(2**40)  # noqa: S311  a name

    def events(search: Seeded) -> Request:
        return Request(kind="events", method="GET", path=f"/v1/searches/{search.id}/events")

    def page(search: Seeded, dice: random.Random) -> Request:
        words = ("", f"&after={search.id}", "&status=succeeded", "&dataset=digits")
        path = f"/v1/searches?limit=50{dice.choice(words)}"
        return Request(kind="list", method="GET", path=path)

    def create(dice: random.Random) -> Request:
        headers = {"Idempotency-Key": f"{run}-{next(keys)}"} if dice.random() < 0.5 else {}
        return Request(
            kind="create",
            method="POST",
            path="/v1/searches",
            headers=headers,
            body=_BODY,
            expected=202,
        )

    def make(dice: random.Random) -> Request:
        search, share = dice.choice(searches), dice.random()
        if share < 0.3:
            return read(search)
        if share < 0.6:
            return poll(search)
        if share < 0.75:
            return page(search, dice)
        if share < 0.9:
            return events(search)
        return create(dice)

    return make


@dataclass(frozen=True, kw_only=True)
class Target:
    """A running API."""

    port: int
    process: int
    headers: Mapping[str, str]
    """Headers of every request."""

    def bear(self, make: MakeRequest, connections: int, seconds: float) -> list[Sample]:
        """Put it under load."""

        def make_whole(dice: random.Random) -> Request:
            request = make(dice)
            return replace(request, headers={**request.headers, **self.headers})

        return run_load(self.port, make_whole, connections=connections, seconds=seconds)

    def measure(
        self, make: MakeRequest, connections: int, seconds: float
    ) -> tuple[Round, list[Sample]]:
        """Put it under load and sum up the result."""
        used = processor_seconds(self.process)
        samples = self.bear(make, connections, seconds)
        used = processor_seconds(self.process) - used
        times = [sample.seconds * 1000 for sample in samples]
        return Round(
            requests=len(samples),
            errors=sum(sample.is_error for sample in samples),
            throughput=len(samples) / seconds,
            p50=statistics.median(times),
            p99=statistics.quantiles(times, n=100)[98],
            processor=used * 1000 / len(samples),
        ), samples


@contextmanager
def targets(
    folder: Path, database: Database, redis_url: str, *, with_keys: bool
) -> Iterator[dict[str, Target]]:
    """Run both services on a database."""
    url = database.url.render_as_string(hide_password=False)
    variables = {"PDARTS_DATABASE_URL": url, "PDARTS_REDIS_URL": redis_url}
    headers = {}
    if with_keys:
        with database.write() as session:
            key = create_key(session, owner=OWNER, name="load", scopes=[Scope.ADMIN])
        variables["PDARTS_AUTH"] = "on"
        headers["Authorization"] = f"Bearer {key.text}"
    with ExitStack() as stack:
        running = {
            name: stack.enter_context(running_api(app, folder, variables))
            for name, app in (("service", SERVICE), ("stripped", STRIPPED))
        }
        yield {
            name: Target(port=port, process=process, headers=headers)
            for name, (port, process) in running.items()
        }


def delete_created(database: Database, searches: Sequence[Seeded]) -> None:
    """Delete what the load created."""
    with database.write() as session:
        session.execute(delete(Job).where(Job.id > searches[-1].id))
        session.execute(delete(IdempotentRequest))


def measure(kind: str, redis_url: str, options: argparse.Namespace) -> dict[str, list[Round]]:
    """Measure on one database: the mix on both services, then reads and polls on the service."""
    rounds: dict[str, list[Round]] = defaultdict(list)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = Database(stack.enter_context(running_database(kind, home)))
        stack.callback(database.close)
        searches = seed(database)
        running = stack.enter_context(targets(home, database, redis_url, with_keys=options.keys))
        for target in running.values():
            target.bear(mix(searches), options.connections, 1.0)
        for number in range(options.rounds):
            delete_created(database, searches)
            for name in sorted(running, reverse=bool(number % 2)):
                one, samples = running[name].measure(
                    mix(searches), options.connections, options.seconds
                )
                rounds[name].append(one)
                print(kind, name, one, by_kind(samples), file=sys.stderr)
        for name, connections in (("", options.connections), (ALONE, 1)):
            for number in range(options.rounds):
                for make in (read, poll) if number % 2 else (poll, read):
                    one, _ = running["service"].measure(
                        on_any(searches, make), connections, options.seconds / 3
                    )
                    rounds[make.__name__ + name].append(one)
    return rounds


def by_kind(samples: Sequence[Sample]) -> dict[str, float]:
    """Return the median milliseconds of each kind of request."""
    kinds = sorted({sample.kind for sample in samples})
    return {
        kind: round(statistics.median(s.seconds * 1000 for s in samples if s.kind == kind), 2)
        for kind in kinds
    }


def median(rounds: Sequence[Round], name: str) -> float:
    """Return the median of a figure over rounds."""
    figures: list[float] = [getattr(one, name) for one in rounds]
    return statistics.median(figures)


def report(kind: str, rounds: dict[str, list[Round]]) -> dict[str, float]:
    """Print the figures of a database and return their ratios."""
    columns = ("throughput", "p50", "p99", "processor")
    print(f"{kind:12}{'requests/s':>12}{'p50, ms':>10}{'p99, ms':>10}{'CPU, ms':>10}   errors of n")
    for name, of in rounds.items():
        throughput, *times = (median(of, column) for column in columns)
        errors, requests = (sum(getattr(one, c) for one in of) for c in ("errors", "requests"))
        cells = "".join(f"{time:10.2f}" for time in times)
        print(f"{name:12}{throughput:12.0f}{cells}   {errors} of {requests}")
    ratios = {
        "throughput": median(rounds["service"], "throughput")
        / median(rounds["stripped"], "throughput"),
        "processor": median(rounds["service"], "processor")
        / median(rounds["stripped"], "processor"),
    } | {
        f"poll{name}_{of}": median(rounds[f"poll{name}"], column)
        / median(rounds[f"read{name}"], column)
        for name in ("", ALONE)
        for of, column in (("latency", "p50"), ("processor", "processor"))
    }
    print("ratios      " + ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items()))
    return ratios


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print tables and a line of JSON; return 1 if a request failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="of each service on each database")
    parser.add_argument("--seconds", type=float, default=3.0, help="of a round")
    parser.add_argument("--connections", type=int, default=8, help="requests at once")
    parser.add_argument("--keys", action="store_true", help="with PDARTS_AUTH=on")
    parser.add_argument("--database", choices=DATABASES, help="only this one")
    options = parser.parse_args(arguments)
    line: dict[str, object] = {"benchmark": "api_load", "hardware": describe_machine()}
    line["keys"] = options.keys
    errors = 0
    with running_redis() as redis_url:
        for kind in [options.database] if options.database else DATABASES:
            rounds = measure(kind, redis_url, options)
            errors += sum(one.errors for of in rounds.values() for one in of)
            ratios = report(kind, rounds)
            figures = {name: [asdict(one) for one in of] for name, of in rounds.items()}
            line[kind] = {"ratios": ratios, **figures}
    print(json.dumps(line))
    return int(errors > 0)


if __name__ == "__main__":
    sys.exit(main())
