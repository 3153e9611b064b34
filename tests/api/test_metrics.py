"""What Prometheus is told."""

from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from api.monitoring.search_measurements import nearest_rank
from store.database import Database
from store.gpu_readings import FRESH_SECONDS, GpuReading, SlowedBy, stored
from store.lifecycle import expire_leases
from store.settings import Settings
from store.states import Status
from store.tables import Event, Job
from store.types import db_now
from tests.api.calls import problem, submit
from tests.api.work import end_badly, make_epoch, make_worker, start
from tests.support.http_service import serve
from tests.support.jobs import expire_lease
from tests.support.servers import free_port

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scrape(client: httpx.Client) -> Samples:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, tuple(sorted(labels.items()))]


@pytest.fixture
def fresh(settings: Settings, database: Database) -> Iterator[httpx.Client]:
    """A service that has measured nothing yet."""
    with serve(settings) as client:
        yield client


class TestSearches:
    def test_they_are_counted_by_status(self, fresh: httpx.Client, database: Database) -> None:
        running, cancelling, pausing, cancelled = (submit(fresh) for _ in range(4))
        submit(fresh)
        for search_id in (running, cancelling, pausing):
            start(database, search_id)
        for search_id, move in ((cancelling, "cancel"), (pausing, "pause"), (cancelled, "cancel")):
            fresh.post(f"/searches/{search_id}/{move}")
        samples = scrape(fresh)
        counted = {status: value(samples, "pdarts_searches", status=status) for status in Status}
        ones = {"queued", "running", "cancelling", "pausing", "cancelled"}
        assert counted == {status: status in ones for status in Status}
        assert value(samples, "pdarts_running_attempts") == 3
        assert value(samples, "pdarts_up") == 1

    def test_the_longest_wait_begins_when_the_search_was_queued_last(
        self, fresh: httpx.Client, database: Database
    ) -> None:
        search_id = submit(fresh)
        with database.write() as session:
            session.execute(update(Job).values(created_at=db_now(-5000)))
            session.execute(update(Event).values(time=db_now(-100)))
        fresh.post(f"/searches/{search_id}/pause")
        fresh.post(f"/searches/{search_id}/resume")
        later = submit(fresh)
        with database.write() as session:
            session.execute(update(Event).where(Event.job_id == later).values(time=db_now(-50)))
        assert 50 <= value(scrape(fresh), "pdarts_queue_oldest_wait_seconds") < 100

    def test_lost_attempts_and_overdue_leases_are_counted(
        self, fresh: httpx.Client, database: Database
    ) -> None:
        lost, overdue = submit(fresh), submit(fresh)
        start(database, lost)
        expire_lease(database, lost)
        with database.write() as session:
            assert expire_leases(session) == [lost]
        start(database, overdue)
        expire_lease(database, overdue)
        samples = scrape(fresh)
        assert value(samples, "pdarts_recent_lost_attempts") == 1
        assert value(samples, "pdarts_expired_leases") == 1

    def test_failures_are_counted_by_their_code(
        self, fresh: httpx.Client, database: Database
    ) -> None:
        recent, old = submit(fresh), submit(fresh)
        for search_id in (recent, old):
            end_badly(database, search_id)
        with database.write() as session:
            long_ago = update(Job).where(Job.id == old).values(finished_at=db_now(-4000))
            session.execute(long_ago)
        samples = scrape(fresh)
        assert value(samples, "pdarts_recent_failures", code="diverged") == 1
        assert value(samples, "pdarts_recent_failures", code="out_of_memory") == 0

    def test_no_label_names_one(self, fresh: httpx.Client, database: Database) -> None:
        search_id = submit(fresh)
        end_badly(database, search_id)
        fresh.get(f"/searches/{search_id}")
        fresh.get("/searches/srch_made_up")
        assert "srch_" not in fresh.get("/metrics").text


def test_the_epochs_of_the_last_hour_are_summed_up(fresh: httpx.Client, database: Database) -> None:
    search_id = submit(fresh)
    with database.write() as session:
        for epoch in range(1, 11):
            session.add(make_epoch(search_id, 1, epoch, seconds=float(epoch)))
        session.add(make_epoch(search_id, 1, 11, seconds=1000.0, finished_at=db_now(-4000)))
    samples = scrape(fresh)
    assert value(samples, "pdarts_recent_epochs", phase="weights") == 10
    told = [
        value(samples, "pdarts_recent_epoch_seconds", phase="weights", quantile=quantile)
        for quantile in ("0.5", "0.9", "1")
    ]
    assert told == [5, 9, 10]


@pytest.mark.parametrize(("quantile", "rank"), [(0.0, 1), (0.5, 2), (0.75, 3), (0.9, 4), (1, 4)])
def test_a_quantile_is_one_of_the_numbers(quantile: float, rank: int) -> None:
    assert nearest_rank([4, 1, 3, 2], quantile) == rank


def test_workers_tell_their_beat_and_memory(fresh: httpx.Client, database: Database) -> None:
    search_id = submit(fresh)
    start(database, search_id)
    with database.write() as session:
        session.add(make_epoch(search_id, 1, 1, memory_bytes=111))
        session.add(make_epoch(search_id, 2, 1, memory_bytes=222))
        busy = make_worker(session, job_id=search_id, last_beat_at=db_now(-60))
        idle = make_worker(session, draining=True)
    samples = scrape(fresh)

    def of(worker: str, name: str) -> float | None:
        labels = {"worker": worker, "name": "host:1", "device": "cuda"}
        return samples.get((f"pdarts_worker_{name}", tuple(sorted(labels.items()))))

    assert of(busy, "search_memory_bytes") == 222
    assert of(idle, "search_memory_bytes") is None
    assert of(busy, "device_memory_bytes") == 8 * 2**30
    assert 60 <= (of(busy, "beat_age_seconds") or 0) < 120
    assert [of(worker, "busy") for worker in (busy, idle)] == [1, 0]
    assert [of(worker, "draining") for worker in (busy, idle)] == [0, 1]


def test_workers_tell_what_their_gpus_do(fresh: httpx.Client, database: Database) -> None:
    told = GpuReading(
        uuid="a", name="", utilization=0.5, temperature_celsius=61, slowed_by=(SlowedBy.HEAT,)
    )
    with database.write() as session:
        # Its beat is of the future: a slow machine does not make it stale.
        worker = make_worker(
            session,
            gpus=stored([told, GpuReading(uuid="b", name="")]),
            last_beat_at=db_now(3600),
        )
        silent = make_worker(session, gpus=stored([told]), last_beat_at=db_now(-FRESH_SECONDS))
    samples = scrape(fresh)

    def of(name: str, gpu: str, worker: str = worker, **labels: str) -> float | None:
        labels |= {"worker": worker, "name": "host:1", "gpu": gpu}
        return samples.get((f"pdarts_gpu_{name}", tuple(sorted(labels.items()))))

    assert (of("utilization_ratio", "a"), of("temperature_celsius", "a")) == (0.5, 61)
    assert [of("slowed", "a", reason=reason) for reason in SlowedBy] == [1, 0, 0, 0]
    assert of("memory_used_bytes", "a") is None
    assert of("utilization_ratio", "b") is None
    assert of("utilization_ratio", "a", silent) is None


class TestRequests:
    def test_they_are_counted_by_route(self, fresh: httpx.Client) -> None:
        search_id = submit(fresh)
        fresh.get(f"/v1/searches/{search_id}")
        fresh.head(f"/searches/{search_id}")
        fresh.get("/searches/srch_x")
        samples = scrape(fresh)

        def count(method: str, route: str, status: str) -> float:
            labels = {"method": method, "route": route, "status": status}
            return value(samples, "pdarts_http_requests_total", **labels)

        assert count("POST", "/searches", "202") == 1
        assert count("GET", "/searches/{search_id}", "200") == 1
        assert count("HEAD", "/searches/{search_id}", "200") == 1
        assert count("GET", "/searches/{search_id}", "404") == 1
        timed = {"method": "GET", "route": "/searches/{search_id}"}
        assert value(samples, "pdarts_http_request_seconds_count", **timed) == 2

    def test_what_leads_nowhere_is_one_route(self, fresh: httpx.Client) -> None:
        for path in ("/a", "/b", "/v1/c"):
            fresh.request("PROPFIND", path)
        samples = scrape(fresh)
        labels = {"method": "other", "route": "unknown", "status": "404"}
        assert value(samples, "pdarts_http_requests_total", **labels) == 3


def test_openmetrics_is_told_to_those_who_ask_for_it(shared_client: httpx.Client) -> None:
    wanted = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = shared_client.get("/metrics", headers=wanted)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_it_is_told_that_the_database_is_away(settings: Settings) -> None:
    nowhere = f"postgresql+psycopg://postgres@127.0.0.1:{free_port()}/pdarts"
    with serve(settings.model_copy(update={"database_url": nowhere})) as client:
        assert problem(client.get("/searches")) == (503, "database_unavailable")
        samples = scrape(client)
    assert value(samples, "pdarts_up") == 0
    labels = {"method": "GET", "route": "/searches", "status": "503"}
    assert value(samples, "pdarts_http_requests_total", **labels) == 1
    assert not any(name == "pdarts_searches" for name, _ in samples)
