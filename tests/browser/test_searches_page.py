"""The list of searches."""

import re

import pytest
from playwright.sync_api import expect

from store.database import Database
from tests.api.work import make_worker
from tests.browser.support.searches import (
    finished_search,
    queued_search,
    quick_spec,
    running_search,
)
from tests.browser.support.watched_page import WatchedPage
from tests.support.factories import make_search

ROWS = "table.searches tbody tr"


def test_an_empty_list_offers_a_form_and_a_line_to_copy(page: WatchedPage) -> None:
    page.open("")
    expect(page.role("heading", "No searches yet")).to_be_visible()
    expect(page.role("button", "Start search")).to_be_visible()
    page.role("button", "Copy").click()
    copied = page.raw.evaluate("navigator.clipboard.readText()")
    assert re.match(r"curl -X POST http://\S+/v1/searches .*\"dataset\":\"digits\"", copied)


@pytest.mark.slow
def test_what_is_typed_into_the_first_form_outlives_a_look_at_the_list(
    page_in_new_tab: WatchedPage, database: Database
) -> None:
    page = page_in_new_tab
    page.raw.clock.install()
    page.open("")
    page.label("name").fill("half typed")
    page.find("summary", text="Stages and other settings").click()
    page.label("seed").fill("77")
    expect(page.find("capacity-strip")).to_contain_text("No worker is running")
    with database.write() as session:
        make_worker(session)
    page.raw.clock.fast_forward("00:10")
    expect(page.find("capacity-strip")).to_contain_text("0 of 1 worker busy")
    expect(page.label("name")).to_have_value("half typed")
    expect(page.label("seed")).to_have_value("77")
    expect(page.label("seed")).to_be_visible()


@pytest.mark.slow
def test_a_row_says_how_far_a_search_is(page: WatchedPage, database: Database) -> None:
    running_search(database, name="on its way")
    page.open("")
    row = page.find(ROWS, text="on its way")
    expect(row).to_contain_text("running")
    expect(row).to_contain_text("stage 2/3 · epoch 2/4")
    expect(row).to_contain_text(re.compile(r"1 h \d+ min left"))
    expect(row.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "50")


def test_a_finished_search_shows_its_accuracy_and_skip_connects(
    page: WatchedPage, database: Database
) -> None:
    finished_search(database, name="done")
    page.open("")
    row = page.find(ROWS, text="done")
    expect(row).to_contain_text("succeeded")
    expect(row).to_contain_text(re.compile(r"\d\d\.\d%"))


def test_a_new_search_comes_in_by_itself(page: WatchedPage, database: Database) -> None:
    queued_search(database, "first")
    page.open("")
    expect(page.find(ROWS)).to_have_count(1)
    queued_search(database, "second")
    expect(page.find(ROWS, text="second")).to_be_visible()


def test_a_name_with_markup_stays_text(page: WatchedPage, database: Database) -> None:
    name = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
    search_id = queued_search(database, name)
    page.open("")
    expect(page.find(ROWS)).to_contain_text(name)
    page.open(f"/searches/{search_id}")
    expect(page.role("heading", name)).to_be_visible()
    expect(page.raw).to_have_title(f"{name} · P-DARTS")


def test_filters_are_part_of_the_address(page: WatchedPage, database: Database) -> None:
    queued_search(database, "waiting")
    finished_search(database, name="finished")
    page.open("")
    page.label("Status").select_option("succeeded")
    expect(page.find(ROWS)).to_have_count(1)
    expect(page.raw).to_have_url(re.compile(r"/ui\?status=succeeded$"))
    page.raw.reload()
    expect(page.label("Status")).to_have_value("succeeded")
    expect(page.find(ROWS)).to_contain_text("finished")


@pytest.mark.slow
def test_filters_apply_while_typing_and_keep_the_focus(
    page: WatchedPage, database: Database
) -> None:
    for name in ("Flowers, first try", "flowers again", "digits"):
        queued_search(database, name)
    page.open("")
    expect(page.find(ROWS)).to_have_count(3)
    page.label("Name").press_sequentially("FLOW")
    expect(page.find(ROWS)).to_have_count(2)
    expect(page.label("Name")).to_be_focused()
    expect(page.raw).to_have_url(re.compile(r"/ui\?name_contains=FLOW$"))
    page.label("Name").press_sequentially("ers, ")
    expect(page.find(ROWS)).to_have_count(1)
    page.label("Name").fill("100%")
    expect(page.find("main")).to_contain_text("No searches match these filters.")
    page.label("Name").fill("")
    expect(page.find(ROWS)).to_have_count(3)


@pytest.mark.slow
def test_what_a_filter_ignores_is_said(page: WatchedPage, database: Database) -> None:
    queued_search(database)
    page.open("")
    note = page.find(".filters-note")
    expect(note).to_have_text(
        "Parts of names are enough, in upper or lower case (a to z). Metadata must match exactly."
    )
    page.label("Metadata").fill("team")
    expect(note).to_contain_text("Metadata is ignored until it reads name=value.")
    expect(page.find(ROWS)).to_have_count(1)
    page.label("Metadata").fill("team=vision")
    expect(note).not_to_contain_text("ignored")
    expect(page.find("main")).to_contain_text("No searches match these filters.")


@pytest.mark.slow
def test_the_list_is_sorted_by_time_as_a_whole_and_by_name_as_shown(
    page: WatchedPage, database: Database
) -> None:
    for name in ("b", "C", "a"):
        queued_search(database, name)
    page.open("?sort=oldest")
    names = page.find(f"{ROWS} .search-name")
    expect(names).to_have_text(["b", "C", "a"])
    page.label("Sort").select_option("A to Z (this page only)")
    expect(names).to_have_text(["a", "b", "C"])
    page.label("Sort").select_option("newest first")
    expect(names).to_have_text(["a", "C", "b"])


@pytest.mark.slow
def test_five_hundred_searches_stay_a_page_long(page: WatchedPage, database: Database) -> None:
    with database.write() as session:
        for seed in range(500):
            make_search(session, spec=quick_spec(seed=seed))
    page.open("")
    expect(page.find(ROWS)).to_have_count(25)
    expect(page.find(ROWS).first).to_contain_text("seed 499")
    page.role("button", "Older").click()
    expect(page.find(ROWS).first).to_contain_text("seed 474")
    expect(page.find(ROWS)).to_have_count(25)
    page.role("button", "Newest").click()
    expect(page.find(ROWS).first).to_contain_text("seed 499")


def test_marked_searches_are_compared(page: WatchedPage, database: Database) -> None:
    one = finished_search(database, seed=1, name="one")
    two = finished_search(database, seed=2, name="two")
    page.open("")
    expect(page.role("button", "Compare")).to_be_disabled()
    page.role("checkbox", "Compare one").check()
    page.role("checkbox", "Compare two").check()
    page.role("button", "Compare 2").click()
    expect(page.raw).to_have_url(re.compile(f"ids={one},{two}$"))
    row = page.find("tbody tr", text="one").first
    expect(row.locator("td[data-label=Images]")).to_have_text("1,000")
    expect(row.locator("td[data-label=Chance]")).to_have_text("10.0%")
    expect(page.role("heading", "Agreement")).to_be_visible()
    expect(
        page.find(
            "table caption",
            text="Normal cell: entries in common (two cells drawn at random: about 9%)",
        )
    ).to_be_visible()
    expect(page.find("cell-drawing img")).to_have_count(4)


@pytest.mark.slow
def test_what_is_marked_stays_marked_on_other_pages(page: WatchedPage, database: Database) -> None:
    queued_search(database, "marked")
    page.open("")
    page.role("checkbox", "Compare marked").check()
    page.role("link", "Workers").click()
    page.role("link", "Searches").click()
    expect(page.role("checkbox", "Compare marked")).to_be_checked()
    page.role("button", "Clear selection").click()
    expect(page.role("checkbox", "Compare marked")).not_to_be_checked()


@pytest.mark.slow
def test_what_cannot_be_compared_leaves_the_others(page: WatchedPage, database: Database) -> None:
    page.expect_complaint("status of 404")
    page.open(f"/compare?ids={finished_search(database, name='there')},srch_gone")
    expect(page.find("table")).to_contain_text("there")
    expect(page.find("[role=alert]")).to_contain_text("is not a valid search ID")
