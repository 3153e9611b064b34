"""The workers, and how much of them is free."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import expect

from store.database import Database
from store.datasets import queue_check
from store.gpu_readings import GpuReading, SlowedBy, stored
from store.types import db_now
from tests.api.work import make_worker
from tests.browser.support.searches import queued_search, running_search
from tests.browser.support.watched_page import WatchedPage
from tests.support.evaluation_jobs import queue_evaluation

STRIP = "capacity-strip"


@pytest.mark.slow
def test_without_a_worker_the_page_says_how_one_is_started(page: WatchedPage) -> None:
    page.open("/workers")
    expect(page.find(STRIP)).to_contain_text("No worker is running")
    expect(page.find("main")).to_contain_text("starts the service with one")


@pytest.mark.slow
def test_a_free_worker_takes_a_search_at_once(page: WatchedPage, database: Database) -> None:
    with database.write() as session:
        make_worker(session)
    page.open("/workers")
    expect(page.find(STRIP)).to_contain_text("0 of 1 worker busy")
    expect(page.find(STRIP)).to_contain_text("a new search would start right away")


@pytest.mark.slow
def test_a_start_that_cannot_be_told_is_not_made_up(page: WatchedPage, database: Database) -> None:
    with database.write() as session:
        make_worker(session)
    queued_search(database)
    page.open("")
    expect(page.find(STRIP)).to_contain_text("it is not known yet")


def test_a_worker_that_is_gone_says_since_when_and_what_it_held(
    page: WatchedPage, database: Database
) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=12)
    held = running_search(database)
    with database.write() as session:
        make_worker(session, name="gone:1", last_beat_at=long_ago, job_id=held)
        make_worker(session, name="gone:2", last_beat_at=long_ago)
    page.open("/workers")
    row = page.find("tbody tr", text="gone:1")
    expect(row).to_contain_text("its heartbeat stopped")
    expect(row).to_contain_text("12 min")
    expect(row).to_contain_text(
        "its job continues from its last checkpoint on the next free worker"
    )
    expect(row.get_by_role("link")).to_have_attribute("href", f"/ui/searches/{held}")
    expect(page.find("tbody tr", text="gone:2")).to_contain_text("had no job")
    expect(page.role("button", "Drain")).to_have_count(0)


@pytest.mark.slow
def test_a_worker_leads_to_the_evaluation_that_it_runs(
    page: WatchedPage, database: Database
) -> None:
    evaluation_id = queue_evaluation(database)
    with database.write() as session:
        make_worker(session, job_id=evaluation_id)
    page.open("/workers")
    page.role("link", "current evaluation").click()
    expect(page.find("h1 + .badge")).to_have_text("queued")
    assert page.raw.url.endswith(evaluation_id)


@pytest.mark.slow
def test_a_worker_that_checks_a_data_set_says_so_and_leads_nowhere(
    page: WatchedPage, database: Database
) -> None:
    with database.write() as session:
        check = queue_check(
            session,
            "local",
            name="pets",
            dataset_id=None,
            digest=None,
            mark="as it is now",
            max_attempts=3,
        )
        make_worker(session, job_id=check.id)
    page.open("/workers")
    row = page.find("tbody tr")
    expect(row).to_contain_text("current check of a data set")
    expect(row.get_by_role("link")).to_have_count(0)


@pytest.mark.slow
def test_a_worker_shows_what_its_gpus_do_and_what_is_wrong_with_them(
    page: WatchedPage, database: Database
) -> None:
    first = GpuReading(
        uuid="a",
        name="",
        utilization=0.72,
        memory_used_bytes=30 * 2**30,
        memory_of_others_bytes=4 * 2**30,
        temperature_celsius=88,
        slowed_by=(SlowedBy.HEAT, SlowedBy.POWER_LIMIT),
    )
    with database.write() as session:
        make_worker(session, gpus=stored([first, GpuReading(uuid="b", name="")]))
        make_worker(session, name="gone:1", gpus=stored([first]), last_beat_at=db_now(-7200))
    page.open("/workers")
    row = page.find("tbody tr", text="host:1")
    expect(row).to_contain_text("GPU 1: busy 72% of the time · 30.0 GiB in use · 88 °C")
    expect(row.locator(".trouble")).to_have_text(
        ["GPU 1: slowed down: too hot", "GPU 1: other processes hold 4.0 GiB of its memory"]
    )
    expect(row).to_contain_text("GPU 1: at its power limit, as is usual under full load")
    expect(row).not_to_contain_text("GPU 2")
    expect(page.find("tbody tr", text="gone:1")).not_to_contain_text("°C")


def test_a_worker_is_drained_and_taken_back(
    page: WatchedPage, service: httpx.Client, database: Database
) -> None:
    with database.write() as session:
        worker_id = make_worker(session)
    page.open("/workers")
    row = page.find("tbody tr")
    row.get_by_role("button", name="Drain").click()
    page.role("button", "Go back").click()
    expect(row).to_contain_text("idle")
    row.get_by_role("button", name="Drain").click()
    page.role("button", "Drain worker").click()
    expect(row).to_contain_text("draining")
    assert service.get(f"/workers/{worker_id}").json()["draining"]
    row.get_by_role("button", name="Take jobs").click()
    expect(row).to_contain_text("idle")
