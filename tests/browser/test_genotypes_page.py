"""The genotypes of a search."""

import json
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from pdarts_core.genotype import to_python
from store.database import Database
from tests.browser.support.searches import finished_search, queued_search
from tests.browser.support.watched_page import WatchedPage
from tests.support.genotypes import random_genotype

SLIDER = "Maximum skip-connects in the normal cell"


@pytest.fixture
def search_id(database: Database) -> str:
    # A seed whose unrestricted genotype has more skip-connects than the limit.
    return finished_search(database, seed=4)


def test_the_recommended_genotype_is_named_with_its_reason(
    page: WatchedPage, search_id: str
) -> None:
    page.open(f"/searches/{search_id}/genotypes")
    expect(page.find("main")).to_contain_text("Recommended: The spec allows at most 2")
    expect(page.label(SLIDER)).to_have_value("2")
    expect(page.find("cell-drawing img")).to_have_count(2)
    expect(page.find(".changed")).to_have_count(0)


def test_the_slider_changes_the_genotype_and_marks_what_changes(
    page: WatchedPage, service: httpx.Client, search_id: str
) -> None:
    page.open(f"/searches/{search_id}/genotypes")
    drawing = page.find("cell-drawing img").first
    before = drawing.get_attribute("alt")
    assert before
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
    expect(drawing).not_to_have_attribute("alt", before)


@pytest.mark.slow
def test_a_genotype_is_copied(page: WatchedPage, service: httpx.Client, search_id: str) -> None:
    page.open(f"/searches/{search_id}/genotypes")
    chosen = service.get(f"/searches/{search_id}/genotype").json()
    page.role("button", "Copy Python").click()
    expect(page.role("button", "Copied")).to_be_visible()
    assert page.raw.evaluate("navigator.clipboard.readText()") == chosen["python"]
    page.role("button", "Copy JSON").click()
    expect(page.role("button", "Copied")).to_have_count(2)
    assert json.loads(page.raw.evaluate("navigator.clipboard.readText()")) == chosen


@pytest.mark.slow
def test_a_genotype_is_copied_where_the_clipboard_is_refused(
    page: WatchedPage, service: httpx.Client, search_id: str
) -> None:
    page.open(f"/searches/{search_id}/genotypes")
    page.raw.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()) }")
    page.role("button", "Copy Python").click()
    expect(page.role("button", "Copied")).to_be_visible()
    chosen = service.get(f"/searches/{search_id}/genotype").json()
    assert page.raw.evaluate("navigator.clipboard.readText()") == chosen["python"]


@pytest.mark.parametrize(("form", "start"), [("SVG", "<svg"), ("DOT", "digraph")])
@pytest.mark.sampled
def test_a_drawing_is_downloaded(
    page: WatchedPage, search_id: str, tmp_path: Path, form: str, start: str
) -> None:
    page.open(f"/searches/{search_id}/genotypes")
    with page.raw.expect_download() as download:
        page.role("button", f"Download {form}").click()
    assert download.value.suggested_filename.endswith(f".{form.lower()}")
    download.value.save_as(tmp_path / "drawing")
    assert (tmp_path / "drawing").read_text().startswith(start)


@pytest.mark.slow
def test_a_search_without_genotypes_says_so(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{queued_search(database)}/genotypes")
    expect(page.find("main")).to_contain_text("None yet")


@pytest.mark.slow
def test_the_reduction_cell_is_limited_too(
    page: WatchedPage, service: httpx.Client, search_id: str
) -> None:
    page.open(f"/searches/{search_id}/genotypes")
    page.label("Maximum in the reduction cell").press("Home")
    expect(page.raw).to_have_url(re.compile(r"limit=2&reduce=0$"))
    expect(page.find("p.sentence")).to_contain_text("0 in the reduction cell")
    body = {"max_skip_connects": 2, "max_skip_connects_reduce": 0}
    derived = service.post(f"/searches/{search_id}/derive", json=body)
    assert derived.status_code == 200, "the page has not derived it"
    entries = page.find("[aria-label='Reduction cell'] table.entries")
    for operation, _ in derived.json()["genotype"]["reduce"]:
        expect(entries).to_contain_text(operation)


@pytest.mark.slow
def test_the_size_of_the_network_is_counted_for_any_shape(
    page: WatchedPage, service: httpx.Client, search_id: str
) -> None:
    page.open(f"/searches/{search_id}/genotypes")
    genotype = service.get(f"/searches/{search_id}/genotype").json()
    size = page.find("network-size output")
    expect(size).to_contain_text(millions(genotype["network"]["parameters"]))
    page.label("Network").select_option("Custom size…")
    page.label("Cells").fill("8")
    page.label("Channels").fill("16")
    page.label("Channels").press("Tab")
    small = service.get(f"/genotypes/{genotype['id']}?layers=8&init_channels=16").json()["network"]
    expect(size).to_contain_text(f"{small['parameters'] / 1000:.0f}K parameters")


def millions(count: int) -> str:
    return f"{count / 1e6:.2f}M parameters"


def test_a_genotype_is_imported_looked_at_and_deleted(page: WatchedPage, search_id: str) -> None:
    python = to_python(random_genotype(1))
    page.open("/genotypes")
    page.find("summary", text="Import a genotype").click()
    page.label("Genotype, as Python or JSON").fill(python)
    page.label("Name").fill("<i>by hand</i>")
    page.role("button", "Import").click()
    expect(page.role("heading", "<i>by hand</i>")).to_be_visible()
    expect(page.find("cell-drawing img")).to_have_count(2)
    page.rest()
    page.role("button", "Delete").click()
    page.role("button", "Delete genotype").click()
    expect(page.find("tbody tr").first).to_contain_text("digits, seed 4")
    expect(page.find("main")).not_to_contain_text("by hand")


def test_the_list_says_which_network_its_counts_are_of(page: WatchedPage, search_id: str) -> None:
    page.open("/genotypes")
    expect(page.find("tbody tr").first).to_be_visible()
    expect(page.find("main")).to_contain_text(
        "multiply-adds are those of the paper's CIFAR network"
    )


@pytest.mark.slow
def test_the_list_names_searches_and_data_sets_and_is_filtered_by_them(
    page: WatchedPage, database: Database
) -> None:
    for name in ("roses", "tulips"):
        finished_search(database, seed=4, name=name)
    page.open("/genotypes")
    rows = page.find("tbody tr")
    expect(rows.filter(has_text="roses").first).to_contain_text(
        re.compile("found · seed 4.*digits")
    )
    page.label("Name or search").press_sequentially("tulip")
    expect(rows.filter(has_text="roses")).to_have_count(0)
    expect(rows.first).to_contain_text("tulips")
    page.label("Sort").select_option("fewest skips first (this page only)")
    skips = page.find("td[data-label='Skip-connects']")
    expect(skips.first).to_have_text("0")
    page.label("Data set").fill("flowers")
    expect(page.find("main")).to_contain_text("No genotypes match these filters.")


@pytest.mark.slow
def test_what_is_no_genotype_is_not_imported(page: WatchedPage) -> None:
    page.expect_complaint("status of 422")
    page.open("/genotypes")
    page.find("summary", text="Import a genotype").click()
    page.label("Genotype, as Python or JSON").fill("__import__('os')")
    page.role("button", "Import").click()
    expect(page.find("form [role=alert]").first).to_be_visible()


@pytest.mark.slow
def test_json_that_breaks_off_is_not_imported(page: WatchedPage) -> None:
    page.open("/genotypes")
    page.find("summary", text="Import a genotype").click()
    page.label("Genotype, as Python or JSON").fill('{"normal": [["skip_connect", 0]')
    page.role("button", "Import").click()
    expect(page.find("form [role=alert]")).to_have_text("This is not valid JSON.")
