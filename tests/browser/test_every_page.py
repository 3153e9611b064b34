"""What holds for every page: no serious fault for people with disabilities, on any screen."""

from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import expect

from store.database import Database
from tests.api.work import make_worker
from tests.browser.support.faults import look_at_every_size
from tests.browser.support.searches import (
    failed_search,
    finished_search,
    imported_genotype,
    queued_search,
    running_search,
)
from tests.browser.support.watched_page import WatchedPage


class Open(Protocol):
    """Fills the database and opens a page."""

    __name__: str

    def __call__(self, page: WatchedPage, database: Database, /) -> None: ...


def searches(page: WatchedPage, database: Database) -> None:
    queued_search(database)
    running_search(database, name="<script>")
    finished_search(database)
    page.open("")
    expect(page.find("table.searches tbody tr")).to_have_count(3)


def no_search(page: WatchedPage, _: Database) -> None:
    page.open("")
    expect(page.find("output.plan")).to_contain_text("epochs")


def new_search(page: WatchedPage, _: Database) -> None:
    page.open("/new")
    page.find("summary", text="Stages and other settings").click()
    expect(page.find("output.plan")).to_contain_text("epochs")


def running(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{running_search(database)}")
    expect(page.find(".heat-map")).to_have_count(2)


def finished(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{finished_search(database)}")
    expect(page.find(".heat-map")).to_have_count(2)
    expect(page.find("cell-drawing img")).to_have_count(2)


def genotypes(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{finished_search(database, seed=4)}/genotypes?limit=0")
    expect(page.find("cell-drawing img")).to_have_count(2)


def compare(page: WatchedPage, database: Database) -> None:
    ids = [finished_search(database, seed=seed) for seed in (1, 2)]
    page.open(f"/compare?ids={','.join(ids)}")
    expect(page.find("cell-drawing img")).to_have_count(4)


def all_genotypes(page: WatchedPage, database: Database) -> None:
    finished_search(database, seed=4)
    page.open("/genotypes")
    page.find("summary", text="Import a genotype").click()
    expect(page.find("tbody tr").first).to_be_visible()


def one_genotype(page: WatchedPage, database: Database) -> None:
    page.open(f"/genotypes/{imported_genotype(database)}")
    expect(page.find("cell-drawing img")).to_have_count(2)


def training(page: WatchedPage, database: Database) -> None:
    page.open(f"/genotypes/{imported_genotype(database)}")
    for settings in ("Data set, epochs and other settings", "All other settings"):
        page.find("summary", text=settings).click()
    expect(page.find("train-form .plan")).to_contain_text("10 epochs")
    expect(page.find("cell-drawing img")).to_have_count(2)


def failed(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{failed_search(database)}")
    expect(page.find("pre.log")).to_contain_text("Traceback")


def workers(page: WatchedPage, database: Database) -> None:
    with database.write() as session:
        make_worker(session)
    page.open("/workers")
    expect(page.find("tbody tr")).to_have_count(1)


def datasets(page: WatchedPage, _: Database) -> None:
    page.open("/datasets")
    expect(page.find("tbody tr", text="digits")).to_be_visible()


def nothing(page: WatchedPage, _: Database) -> None:
    page.open("/no/such/page")
    expect(page.role("heading", "Page not found")).to_be_visible()


OFTEN = (searches, new_search, finished, training, workers, datasets)
RARE = (no_search, running, failed, genotypes, all_genotypes, one_genotype, compare, nothing)


@pytest.mark.parametrize(
    "show", [*OFTEN, *(pytest.param(show, marks=pytest.mark.slow) for show in RARE)]
)
def test_a_page_has_no_serious_fault(
    page: WatchedPage, database: Database, pictures: Path | None, show: Open
) -> None:
    show(page, database)
    look_at_every_size(page, pictures, show.__name__)


@pytest.mark.slow
def test_the_theme_can_be_chosen_and_stays(page: WatchedPage) -> None:
    page.open("/workers")
    page.role("button", "Use dark theme").click()
    page.raw.reload()
    expect(page.role("button", "Use light theme")).to_be_visible()
    assert page.raw.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


def test_the_keyboard_reaches_the_content_first(page: WatchedPage) -> None:
    page.open("")
    expect(page.find("output.plan")).to_contain_text("epochs")
    page.raw.keyboard.press("Tab")
    page.raw.keyboard.press("Enter")
    expect(page.find("main")).to_be_focused()


def test_back_and_forward_lead_through_the_pages(page: WatchedPage) -> None:
    page.open("")
    page.role("link", "Workers").click()
    expect(page.role("heading", "Workers")).to_be_visible()
    page.raw.go_back()
    expect(page.role("heading", "Searches")).to_be_visible()
