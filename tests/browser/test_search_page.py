"""The page of one search."""

import re

from playwright.sync_api import expect

from store.database import Database
from store.history import NewEvent
from store.lease import fail, record
from store.states import ErrorCode
from tests.browser.support.searches import (
    failed_search,
    finished_search,
    lease_of,
    queued_search,
    running_search,
)
from tests.browser.support.watched_page import WatchedPage

SENTENCE = "p.sentence"


def test_a_sentence_says_where_it_stands(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{running_search(database)}")
    expect(page.find(SENTENCE)).to_contain_text("Stage 2 of 3, epoch 2 of 4: trains weights")
    expect(page.find(SENTENCE)).to_contain_text(re.compile(r"Done in about 1 h \d+ min"))
    stages = page.role("list", "Stages").get_by_role("listitem")
    expect(stages).to_have_count(3)
    expect(stages.first).to_contain_text("5 cells · 8 → 5 operations")


def test_events_come_in_live(page: WatchedPage, database: Database) -> None:
    search_id = running_search(database)
    page.open(f"/searches/{search_id}")
    events = page.role("log", "Events, the newest first").locator("li")
    expect(events.first).to_contain_text("stage 2, epoch 2 of 4")
    with database.write() as session:
        news = NewEvent(type="dataset_ready", message="something new")
        record(session, lease_of(database, search_id), event=news)
    expect(events.first).to_contain_text("something new")


def test_curves_can_be_read_with_the_keyboard_and_as_a_table(
    page: WatchedPage, database: Database
) -> None:
    page.open(f"/searches/{finished_search(database)}")
    chart = page.find("line-chart", text="Accuracy")
    chart.locator(".plot").focus()
    page.raw.keyboard.press("ArrowRight")
    expect(chart.locator(".readout")).to_contain_text(re.compile(r"stage 1, epoch 1: training \d"))
    chart.locator("summary").click()
    expect(chart.locator("tbody tr")).to_have_count(12)


def test_the_slider_shows_the_alphas_of_earlier_epochs(
    page: WatchedPage, database: Database
) -> None:
    page.open(f"/searches/{finished_search(database)}")
    explorer = page.find("alpha-explorer")
    page.role("button", "Stage 1").click()
    expect(explorer).to_contain_text("4 of 4")
    cells = explorer.locator(".heat-map", has_text="Normal cell").locator("tbody td")
    expect(cells).to_have_count(14 * 8)
    expect(explorer.locator("td.dropped")).to_have_count(2 * 14 * 3)
    expect(explorer).to_contain_text(re.compile(r"if it stopped here: \d of 8"))
    last = cells.all_inner_texts()
    explorer.get_by_label("Epoch").press("ArrowLeft")
    expect(explorer).to_contain_text("3 of 4")
    expect(explorer.locator("td.dropped")).to_have_count(0)
    assert cells.all_inner_texts() != last


def test_a_cancel_is_asked_about_first(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{queued_search(database)}")
    page.role("button", "Cancel").click()
    page.role("button", "Keep it as it is").click()
    expect(page.find(SENTENCE)).to_have_text("Waits for a worker.")
    page.role("button", "Cancel").click()
    page.role("button", "Cancel the search").click()
    expect(page.find(SENTENCE)).to_contain_text("Cancelled before its first epoch")
    expect(page.role("button", "Delete")).to_be_visible()


def test_a_search_is_paused_and_resumed(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{queued_search(database)}")
    page.role("button", "Pause").click()
    expect(page.find(".badge").first).to_have_text("paused")
    page.role("button", "Resume").click()
    expect(page.find(".badge").first).to_have_text("queued")


def test_a_failure_says_why_and_can_be_tried_again(page: WatchedPage, database: Database) -> None:
    search_id = running_search(database)
    page.open(f"/searches/{search_id}")
    expect(page.find(".badge").first).to_have_text("running")
    with database.write() as session:
        fail(
            session, lease_of(database, search_id), ErrorCode.DIVERGED, "the loss is nan", trace=""
        )
    expect(page.role("alert", "").first).to_have_text("diverged: the loss is nan")
    page.role("button", "Try again").click()
    expect(page.find(".badge").first).to_have_text("queued")


def test_a_deleted_search_leaves_the_list(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{finished_search(database)}")
    page.role("button", "Delete").click()
    page.role("button", "Delete the search").click()
    expect(page.role("heading", "No search yet")).to_be_visible()


def test_an_unknown_search_is_said_to_be_unknown(page: WatchedPage) -> None:
    page.expect_complaint("status of 404")
    page.open("/searches/srch_nothing")
    expect(page.find("[role=alert]")).to_contain_text("is no id")
