"""What the page says about a search that found nothing, little or much."""

import pytest
from playwright.sync_api import expect

from pdarts_core.signal.verdict import Verdict
from pdarts_core.signal.words import ADVICE, FINDINGS
from store.database import Database
from store.tables import Epoch
from tests.browser.support.searches import finished_search, running_search
from tests.browser.support.watched_page import WatchedPage

NO_FINDING = FINDINGS["none"]


def test_where_nothing_was_found_nothing_is_recommended(
    page: WatchedPage, database: Database
) -> None:
    search_id = finished_search(database, finding="none")
    page.open(f"/searches/{search_id}")
    result = page.find("section", text="Genotype for the skip limit")
    expect(result).to_contain_text(NO_FINDING)
    expect(result).to_contain_text(f"It moved by noise. {ADVICE['none']}")
    expect(page.find("p.sentence")).to_contain_text(f"{NO_FINDING}.")
    expect(page.find("main")).not_to_contain_text("ecommended")
    page.open(f"/searches/{search_id}/genotypes")
    expect(page.find("main")).to_contain_text(NO_FINDING)
    expect(page.find("p.sentence")).to_contain_text("The genotype for the skip limit")
    expect(page.find("main")).not_to_contain_text("ecommended")


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("finding", "words"), [("weak", FINDINGS["weak"]), ("clear", FINDINGS["clear"])]
)
def test_a_recommended_genotype_says_how_well_it_is_founded(
    page: WatchedPage, database: Database, finding: Verdict, words: str
) -> None:
    page.open(f"/searches/{finished_search(database, finding=finding)}")
    result = page.find("section", text="Recommended genotype")
    expect(result.locator(f"[data-verdict={finding}]")).to_contain_text(words)
    expect(result).to_contain_text(ADVICE[finding])


@pytest.mark.slow
def test_each_stage_gives_its_verdict_and_its_reason_as_text(
    page: WatchedPage, database: Database
) -> None:
    page.open(f"/searches/{running_search(database)}")
    stages = page.role("list", "Stages").get_by_role("listitem")
    expect(stages.first).to_contain_text("signal clear")
    expect(stages.first).to_contain_text("standard errors from chance")
    expect(stages.nth(1)).not_to_contain_text("signal")
    page.role("button", "Stage 1").click()
    expect(page.find("alpha-explorer .signal-note")).to_contain_text(FINDINGS["clear"])


@pytest.mark.slow
def test_lists_and_genotypes_name_the_verdict(page: WatchedPage, database: Database) -> None:
    finished_search(database, finding="none")
    page.open("")
    expect(page.find("tbody [data-verdict]")).to_have_text("none")
    page.open("/genotypes")
    row = page.find("tbody tr").first
    expect(row).to_contain_text("signal none")
    row.locator("a").first.click()
    expect(page.find(".signal-note")).to_contain_text(NO_FINDING)


def measure_last(database: Database, search_id: str, images: list[int], hits: list[int]) -> None:
    """Let the last epoch of a search have been measured on these images."""
    with database.write() as session:
        last = session.get_one(Epoch, (search_id, 3, 4))
        last.valid_accuracy = sum(hits) / sum(images)
        last.valid_classes = {"images": images, "hits": hits, "predictions": images}


def test_an_accuracy_on_few_images_does_not_look_good(
    page: WatchedPage, database: Database
) -> None:
    search_id = finished_search(database)
    measure_last(database, search_id, [5, 5], [4, 3])
    page.open(f"/searches/{search_id}")
    figure = page.find(".figure[data-key='Accuracy']")
    expect(figure).to_contain_text("70.0%95% interval 40% to 89% on 10 images; chance 50.0%")
    expect(figure).to_have_attribute("data-mood", "warn")
    page.open("")
    expect(page.find("td[data-label=Accuracy]")).to_contain_text("40% to 89%")


@pytest.mark.slow
def test_classes_of_different_size_are_shown_one_by_one(
    page: WatchedPage, database: Database
) -> None:
    search_id = finished_search(database)
    measure_last(database, search_id, [200, 5], [198, 0])
    page.open(f"/searches/{search_id}")
    page.find("summary", text="mean over the classes 49.5%").click()
    rows = page.role("region", "Accuracy class by class").locator("tr")
    expect(rows.nth(2)).to_have_text("1500.0%")  # class 1: of 5 images, 0 right
