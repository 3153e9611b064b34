"""The genotypes of a search."""

import json
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from store.database import Database
from tests.browser.support.searches import finished_search, queued_search
from tests.browser.support.watched_page import WatchedPage

SLIDER = "Skip-connects in the normal cell, at most"


@pytest.fixture
def search_id(database: Database) -> str:
    # A seed whose unrestricted genotype has more skip-connects than the limit.
    return finished_search(database, seed=4)


def test_the_recommended_genotype_is_named_with_its_reason(
    page: WatchedPage, search_id: str
) -> None:
    page.open(f"/searches/{search_id}/genotypes")
    expect(page.find("main")).to_contain_text("Recommended: The spec asks for at most 2")
    expect(page.label(SLIDER)).to_have_value("2")
    expect(page.find("cell-drawing img")).to_have_count(2)
    expect(page.find(".changed")).to_have_count(0)


def test_the_slider_changes_the_genotype_and_marks_what_changes(
    page: WatchedPage, service: httpx.Client, search_id: str
) -> None:
    page.open(f"/searches/{search_id}/genotypes")
    before = page.find("cell-drawing img").first.get_attribute("alt")
    page.label(SLIDER).press("Home")
    expect(page.raw).to_have_url(re.compile(r"limit=0$"))
    expect(page.find("main")).to_contain_text("at most 0 skip-connects")
    expect(page.find(".changed").first).to_contain_text(re.compile(r"changed: was \w+, c₋"))
    expect(page.find(".changed")).not_to_have_count(0)
    chosen = service.get(f"/searches/{search_id}/genotype?max_skip_connects=0").json()
    operations = page.find("table.entries tbody td:nth-child(2)").all_inner_texts()
    drawn = [text.split("\n")[0].strip() for text in operations]
    wanted = [entry[0] for kind in ("normal", "reduce") for entry in chosen["genotype"][kind]]
    assert drawn == wanted
    assert page.find("cell-drawing img").first.get_attribute("alt") != before


def test_a_genotype_is_copied(page: WatchedPage, service: httpx.Client, search_id: str) -> None:
    page.open(f"/searches/{search_id}/genotypes")
    chosen = service.get(f"/searches/{search_id}/genotype").json()
    page.role("button", "Copy Python").click()
    expect(page.role("button", "Copied")).to_be_visible()
    assert page.raw.evaluate("navigator.clipboard.readText()") == chosen["python"]
    page.role("button", "Copy JSON").click()
    expect(page.role("button", "Copied")).to_have_count(2)
    assert json.loads(page.raw.evaluate("navigator.clipboard.readText()")) == chosen


@pytest.mark.parametrize(("form", "start"), [("SVG", "<svg"), ("DOT", "digraph")])
def test_a_drawing_is_downloaded(
    page: WatchedPage, search_id: str, tmp_path: Path, form: str, start: str
) -> None:
    page.open(f"/searches/{search_id}/genotypes")
    with page.raw.expect_download() as download:
        page.role("button", f"Download {form}").click()
    assert download.value.suggested_filename.endswith(f".{form.lower()}")
    download.value.save_as(tmp_path / "drawing")
    assert (tmp_path / "drawing").read_text().startswith(start)


def test_a_search_without_genotypes_says_so(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{queued_search(database)}/genotypes")
    expect(page.find("main")).to_contain_text("There are none yet")
