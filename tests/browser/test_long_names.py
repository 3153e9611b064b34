"""Names as long as they may be, without a space: no page is wider than its screen."""

from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import expect

from api.resources.security import LOCAL_CALLER
from api.services.genotypes import add_import
from store.database import Database
from store.tables import Job, Worker
from tests.api.work import make_worker
from tests.browser.support.faults import WIDTHS
from tests.browser.support.searches import finished_search, running_search
from tests.browser.support.watched_page import WatchedPage
from tests.support.genotypes import random_genotype

NAME = "W" * 200
DATASET = "D" * 100
NO_SUCH_DATASET = ("status of 422", f"/v1/datasets/{DATASET}")
"""What a page complains of that offers to train on it."""


class Show(Protocol):
    """Fills the database and opens a page."""

    __name__: str

    def __call__(self, page: WatchedPage, database: Database, /) -> None: ...


def long_search(database: Database, *, seed: int = 2) -> str:
    """Write a finished search whose names are as long as they may be."""
    search_id = finished_search(database, seed=seed, name=NAME)
    rename(database, search_id)
    return search_id


def rename(database: Database, search_id: str) -> None:
    with database.write() as session:
        job = session.get_one(Job, search_id)
        job.dataset = DATASET
        job.spec = job.spec | {"dataset": DATASET}
        job.labels = {NAME: NAME}


def list_of_searches(page: WatchedPage, database: Database) -> None:
    long_search(database)
    rename(database, running_search(database, name=NAME))
    page.open("")
    expect(page.find("table.searches tbody tr")).to_have_count(2)


def search(page: WatchedPage, database: Database) -> None:
    page.expect_complaint(*NO_SUCH_DATASET)
    page.open(f"/searches/{long_search(database)}")
    expect(page.find(".heat-map")).to_have_count(2)
    page.find("summary", text="Spec").click()
    expect(page.find("train-form [aria-invalid]").first).to_be_visible()


def genotypes_of_a_search(page: WatchedPage, database: Database) -> None:
    page.expect_complaint(*NO_SUCH_DATASET)
    page.open(f"/searches/{long_search(database)}/genotypes")
    expect(page.find("cell-drawing img")).to_have_count(2)
    expect(page.find("train-form [aria-invalid]").first).to_be_visible()


def genotypes(page: WatchedPage, database: Database) -> None:
    long_search(database)
    with database.write() as session:
        add_import(session, LOCAL_CALLER, random_genotype(1), NAME)
    page.open("/genotypes")
    expect(page.find("tbody tr", text=NAME).first).to_be_visible()


def genotype(page: WatchedPage, database: Database) -> None:
    with database.write() as session:
        genotype_id = add_import(session, LOCAL_CALLER, random_genotype(1), NAME).id
    page.open(f"/genotypes/{genotype_id}")
    expect(page.find("cell-drawing img")).to_have_count(2)


def compare(page: WatchedPage, database: Database) -> None:
    ids = [long_search(database, seed=seed) for seed in (1, 2)]
    page.open(f"/compare?ids={','.join(ids)}")
    expect(page.find("cell-drawing img")).to_have_count(4)


def workers(page: WatchedPage, database: Database) -> None:
    with database.write() as session:
        worker = session.get_one(Worker, make_worker(session))
        worker.name = worker.host = worker.device_name = NAME
    page.open("/workers")
    expect(page.find("tbody tr")).to_have_count(1)


def form_filled_in_as_it_was(page: WatchedPage, database: Database) -> None:
    page.expect_complaint(*NO_SUCH_DATASET)
    page.open(f"/new?like={long_search(database)}")
    expect(page.find(".command code")).to_contain_text(NAME)


@pytest.mark.parametrize(
    "show",
    [
        list_of_searches,
        search,
        genotypes_of_a_search,
        genotypes,
        genotype,
        compare,
        workers,
        form_filled_in_as_it_was,
    ],
)
@pytest.mark.sampled
def test_no_page_is_wider_than_its_screen(
    page: WatchedPage, database: Database, pictures: Path | None, show: Show
) -> None:
    show(page, database)
    for width in WIDTHS:
        page.raw.set_viewport_size({"width": width, "height": 900})
        assert page.raw.evaluate("document.documentElement.scrollWidth") <= width
        if pictures is not None:
            path = pictures / f"long-names-{show.__name__}-{width}.png"
            page.raw.screenshot(path=path, full_page=True)
