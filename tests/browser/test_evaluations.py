"""The evaluations of a genotype, on its page."""

import httpx
import pytest
from playwright.sync_api import expect

from store.database import Database
from store.settings import Settings
from tests.browser.support.searches import imported_genotype
from tests.browser.support.watched_page import WatchedPage
from tests.support.evaluation_jobs import evaluate, queue_evaluation


def test_they_are_listed_with_what_their_figures_rest_on(
    page: WatchedPage, database: Database, settings: Settings, service: httpx.Client
) -> None:
    genotype_id = imported_genotype(database)
    origin = {"genotype_id": genotype_id}
    evaluation_id = evaluate(database, settings.home, name="trained", origin=origin)
    queue_evaluation(database, name="to come", origin=origin)
    queue_evaluation(database, name="of another")
    page.open(f"/genotypes/{genotype_id}")
    rows = page.find("table.evaluations tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("to come")
    expect(rows.nth(0)).to_contain_text("queued")
    accuracy = service.get(f"/evaluations/{evaluation_id}").json()["result"]["accuracy"]
    expect(rows.nth(1)).to_contain_text("trained")
    expect(rows.nth(1)).to_contain_text(f"{accuracy['value'] * 100:.1f}%")
    expect(rows.nth(1)).to_contain_text("360 (test)")


@pytest.mark.slow
def test_a_genotype_without_any_says_nothing_of_them(page: WatchedPage, database: Database) -> None:
    page.open(f"/genotypes/{imported_genotype(database)}")
    expect(page.find("cell-drawing img")).to_have_count(2)
    expect(page.find("table.evaluations")).to_have_count(0)
