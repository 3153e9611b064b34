"""The page of one search."""

import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from store.database import Database
from store.history import NewEvent
from store.lease import fail, record
from store.states import ErrorCode
from tests.api.work import make_worker
from tests.browser.support.searches import (
    begin_stage_again,
    finished_search,
    lease_of,
    long_search,
    make_estimate,
    queued_search,
    running_search,
)
from tests.browser.support.watched_page import WatchedPage

SENTENCE = "p.sentence"


def test_a_sentence_says_where_it_stands(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{running_search(database)}")
    expect(page.find(SENTENCE)).to_contain_text("Stage 2 of 3, epoch 2 of 4: training weights")
    expect(page.find(SENTENCE)).to_contain_text(re.compile(r"Done in about 1 h \d+ min"))
    stages = page.role("list", "Stages").get_by_role("listitem")
    expect(stages).to_have_count(3)
    expect(stages.first).to_contain_text("5 cells · 8 → 5 operations")


def test_events_come_in_live(page: WatchedPage, database: Database) -> None:
    search_id = running_search(database)
    page.open(f"/searches/{search_id}")
    events = page.role("log", "Events, newest first").locator("li")
    expect(events.first).to_contain_text("stage 2, epoch 2 of 4")
    with database.write() as session:
        news = NewEvent(type="dataset_ready", message="something new")
        record(session, lease_of(database, search_id), event=news)
    expect(events.first).to_contain_text("something new")


@pytest.mark.parametrize("told_by", ["batch_halved", "stage_started"])
@pytest.mark.sampled
def test_epochs_that_were_taken_back_leave_the_page(
    page: WatchedPage, database: Database, told_by: str
) -> None:
    search_id = running_search(database, until=(1, 2))
    page.open(f"/searches/{search_id}")
    explorer = page.find("alpha-explorer")
    expect(explorer).to_contain_text("2 of 4")
    begin_stage_again(database, search_id, stage=1, told_by=told_by)
    expect(explorer).to_contain_text("The first epoch of this stage has not finished yet.")
    expect(page.find("key-figures")).to_contain_text("no epoch finished yet")
    expect(page.find("key-figures")).to_contain_text("known after the first epoch")
    expect(page.find("line-chart").first).to_be_hidden()


@pytest.mark.slow
def test_the_epochs_of_earlier_stages_stay_when_a_stage_begins_again(
    page: WatchedPage, database: Database
) -> None:
    search_id = running_search(database, until=(2, 2))
    page.open(f"/searches/{search_id}")
    chart = page.find("line-chart", text="Accuracy")
    chart.locator("summary").click()
    expect(chart.locator("tbody tr")).to_have_count(6)
    begin_stage_again(database, search_id, stage=2, told_by="batch_halved")
    expect(chart.locator("tbody tr")).to_have_count(4)
    expect(page.find("key-figures .figure").nth(3)).to_contain_text("if it stopped now")


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


@pytest.mark.slow
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
    expect(explorer).to_contain_text(re.compile(r"if the search stopped here: \d of 8"))
    last = cells.all_inner_texts()
    explorer.get_by_label("Epoch").press("ArrowLeft")
    expect(explorer).to_contain_text("3 of 4")
    expect(explorer.locator("td.dropped")).to_have_count(0)
    expect(cells).not_to_have_text(last)


@pytest.mark.slow
def test_the_alphas_of_the_longest_stage_are_shown(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{long_search(database, epochs=1000)}")
    explorer = page.find("alpha-explorer")
    expect(explorer).to_contain_text("1000 of 1000")
    expect(explorer.locator(".heat-map")).to_have_count(2)
    expect(explorer.locator("[role=alert]")).to_have_count(0)


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (None, "Waiting for a worker."),
        (
            make_estimate(120),
            (
                "Waiting for a worker. It is expected to take"
                " about 2 min on one thread of a known CPU; your machine may differ."
            ),
        ),
        (
            make_estimate(120, 100, 180),
            (
                "Waiting for a worker. It is expected to take about 2 min (1 min 40 s to 3 min)"
                " on cpu, based on 4 searches that ran here (median error 7%)."
            ),
        ),
    ],
    ids=["unknown", "counted", "learned"],
)
def test_a_search_that_waits_says_how_long_it_will_take(
    page: WatchedPage, database: Database, estimate: Any, words: str
) -> None:
    page.open(f"/searches/{queued_search(database, estimate=estimate)}")
    expect(page.find(SENTENCE)).to_have_text(words)


def test_a_cancel_is_asked_about_first(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{queued_search(database)}")
    page.role("button", "Cancel").click()
    page.role("button", "Go back").click()
    expect(page.find(SENTENCE)).to_have_text("Waiting for a worker.")
    page.role("button", "Cancel").click()
    page.role("button", "Cancel search").click()
    expect(page.find(SENTENCE)).to_contain_text("Cancelled before its first epoch")
    expect(page.role("button", "Delete")).to_be_visible()


def test_a_search_is_paused_and_resumed(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{queued_search(database)}")
    page.role("button", "Pause").click()
    expect(page.find(".badge").first).to_have_text("paused")
    expect(page.find("main")).to_contain_text("When resumed, it starts from the beginning.")
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
    page.role("button", "Retry").click()
    expect(page.find(".badge").first).to_have_text("queued")


@pytest.mark.slow
def test_a_deleted_search_leaves_the_list(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{finished_search(database)}")
    page.rest()
    page.role("button", "Delete").click()
    expect(page.find("dialog")).to_contain_text("Its genotypes, also those derived later, and its")
    page.role("button", "Delete search").click()
    expect(page.role("heading", "No searches yet")).to_be_visible()


@pytest.mark.slow
def test_an_unknown_search_is_said_to_be_unknown(page: WatchedPage) -> None:
    page.expect_complaint("status of 404")
    page.open("/searches/srch_nothing")
    expect(page.find("[role=alert]")).to_contain_text("is not a valid search ID")


def test_four_figures_say_how_it_goes(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{running_search(database)}")
    figures = page.find("key-figures .figure")
    expect(figures.nth(0)).to_contain_text(re.compile("Progress.*50%"))
    expect(figures.nth(1)).to_contain_text(
        re.compile(r"Accuracy.*95% interval .* on 1,000 images; chance 10.0%; after stage 2")
    )
    expect(figures.nth(2)).to_contain_text(
        re.compile(r"Training\d\d\.\d%accuracy on the training images · loss")
    )
    expect(figures.nth(3)).to_contain_text(re.compile(r"\d of 8arbitrary while the architecture"))


def test_its_data_set_is_one_click_away(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{running_search(database)}")
    page.find("job-facts").get_by_role("link", name="digits").click()
    expect(page.raw).to_have_url(re.compile("/ui/datasets/digits$"))
    expect(page.role("heading", "digits")).to_be_visible()


@pytest.mark.slow
def test_the_worker_is_named_for_as_long_as_it_runs(page: WatchedPage, database: Database) -> None:
    search_id = running_search(database)
    with database.write() as session:
        make_worker(session, id="wrk_played", name="gpu-7", job_id=search_id)
    page.open(f"/searches/{search_id}")
    expect(page.find("job-facts")).to_contain_text("on gpu-7")
    with database.write() as session:
        news = NewEvent(type="dataset_ready", message="something new")
        record(session, lease_of(database, search_id), event=news)
    expect(page.find("event-list")).to_contain_text("something new")
    expect(page.find("job-facts")).to_contain_text("on gpu-7")


@pytest.mark.slow
def test_nothing_is_drawn_before_something_is_measured(
    page: WatchedPage, database: Database
) -> None:
    page.open(f"/searches/{queued_search(database)}")
    expect(page.find("key-figures")).to_contain_text("no epoch finished yet")
    expect(page.find("line-chart").first).to_be_hidden()
    expect(page.find("alpha-explorer")).to_be_hidden()


def test_the_closest_decisions_are_listed(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{finished_search(database)}")
    page.role("button", "Stage 1").click()
    page.find("summary", text="Closest decisions in stage 1").click()
    margins = page.find(".closest tbody td:nth-child(5)").all_inner_texts()
    assert margins == sorted(margins)
    expect(page.find(".closest tbody tr")).to_have_count(5)
    expect(page.find(".closest summary")).to_contain_text(
        re.compile(r"; 42 of all \d+ stand out from chance")
    )


@pytest.mark.slow
def test_the_service_says_what_a_close_call_is(page: WatchedPage, database: Database) -> None:
    def call_all_close(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"threshold": 1})

    page.raw.route("**/pruning", call_all_close)
    page.open(f"/searches/{finished_search(database)}")
    page.role("button", "Stage 1").click()
    expect(page.find(".closest summary")).to_contain_text(
        "84 of 84 dropped operations fell short by at most 1 (close calls)"
    )
    expect(page.find("td.close-call")).to_have_count(84)


@pytest.mark.slow
def test_name_priority_and_metadata_are_edited(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{queued_search(database, 'before')}")
    page.role("button", "Edit").click()
    page.label("Name").fill("after")
    page.label("Priority").fill("7")
    page.label("Metadata").fill('{"team": "vision"}')
    page.role("button", "Save").click()
    expect(page.role("heading", "after")).to_be_visible()
    page.open("")
    page.label("Metadata").fill("team=audio")
    page.label("Metadata").press("Enter")
    expect(page.find("main")).to_contain_text("No searches match these filters.")
    page.label("Metadata").fill("team=vision")
    page.label("Metadata").press("Enter")
    expect(page.find("table.searches tbody tr")).to_contain_text("after")


@pytest.mark.slow
def test_the_form_for_one_like_it_is_filled_in(page: WatchedPage, database: Database) -> None:
    page.open(f"/searches/{finished_search(database, seed=4, name='first')}")
    page.role("link", "Start a similar one").click()
    expect(page.find("output.plan")).to_contain_text("3 stages, 12 epochs")
    expect(page.find(".command code")).to_contain_text('"name":"first"')
    expect(page.find(".command code")).to_contain_text('"seed":4')
