"""Pages on paper: everything that was found, in its colours, and nothing to press."""

import pytest
from playwright.sync_api import expect

from store.database import Database
from tests.browser.support.searches import finished_search
from tests.browser.support.watched_page import WatchedPage

BACKGROUND = "element => getComputedStyle(element).backgroundColor"
ADJUST = "element => getComputedStyle(element).printColorAdjust"


@pytest.mark.slow
def test_a_search_is_printed_with_all_its_stages(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{finished_search(database)}")
    expect(page.find(".heat-map")).to_have_count(2)
    legends = page.find(".heat-legend")
    expect(legends).to_have_count(1)
    page.raw.emulate_media(media="print", color_scheme="dark")
    expect(page.find(".heat-map")).to_have_count(6)
    expect(legends).to_have_count(3)
    for number in (1, 2):
        expect(page.role("heading", f"Stage {number}, at its end")).to_be_visible()
    expect(page.role("heading", "Stage 3, epoch 4 of 4")).to_be_visible()
    expect(page.find("dl.spec")).to_be_visible()
    for decisions in page.find(".closest table").all():
        expect(decisions).to_be_visible()
    assert page.raw.evaluate("getComputedStyle(document.body).colorScheme") == "light"
    strongest = page.find(".heat-scale .heat-9").first
    assert strongest.evaluate(BACKGROUND) == "rgb(58, 73, 184)"
    assert strongest.evaluate(ADJUST) == "exact"
    for pressed in page.find("button, .button, input, nav").all():
        expect(pressed).to_be_hidden()
    page.raw.emulate_media(media="screen")
    expect(page.find(".heat-map")).to_have_count(2)
    expect(page.find("dl.spec")).to_be_hidden()


def test_what_is_printed_fits_the_paper(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{finished_search(database)}")
    expect(page.find("cell-drawing img")).to_have_count(2)
    page.find("event-list summary").click()
    expect(page.find(".log")).to_contain_text("succeeded")
    # As wide as A4 between its margins.
    page.raw.set_viewport_size({"width": 688, "height": 900})
    page.raw.emulate_media(media="print")
    expect(page.find(".heat-map")).to_have_count(6)
    assert page.raw.evaluate("document.documentElement.scrollWidth") <= 688
