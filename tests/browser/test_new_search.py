"""The form for a new search."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.support.watched_page import WatchedPage

REFUSED = "status of 422"


def open_all_settings(page: WatchedPage) -> None:
    page.open("/new?preset=quick")
    page.find("summary", text="Stages and other settings").click()


def test_the_plan_follows_what_is_typed(page: WatchedPage) -> None:
    open_all_settings(page)
    expect(page.find("output.plan")).to_contain_text("15 epochs")
    page.label("epochs of stage 1").fill("30")
    expect(page.find("output.plan")).to_contain_text("40 epochs")
    expect(page.find(".command code")).to_contain_text('"stages":[{"epochs":30},{},{}]')


@pytest.mark.slow
def test_the_plan_tells_how_long_the_search_takes(page: WatchedPage, service: httpx.Client) -> None:
    open_all_settings(page)
    expect(page.find("output.plan")).to_contain_text("15 epochs")
    expect(page.find("output.plan")).not_to_contain_text(" on ")
    page.label("device").select_option("cpu")
    spec = {"dataset": "digits", "preset": "quick", "device": "cpu"}
    answer = service.post("/searches?dry_run=true", json=spec).json()
    device = answer["estimate"]["measured_on"]
    first = re.compile(rf"about \d+ (s|min|h).* on {re.escape(device)}")
    expect(page.find("output.plan")).to_contain_text(first)
    told = page.find("output.plan span", text=first)
    before = told.inner_text()
    page.label("epochs of stage 1").fill("300")
    expect(page.find("output.plan")).to_contain_text("310 epochs")
    expect(told).not_to_have_text(before)


def test_what_speaks_against_a_spec_is_said_before_it_is_sent(page: WatchedPage) -> None:
    open_all_settings(page)
    warnings = page.role("region", "Warnings")
    page.label("arch learning rate").fill("1e-30")
    expect(warnings).to_contain_text("alphas can hardly move")
    page.role("button", "Start search").click()
    expect(page.find("stage-rail")).to_be_visible()
    expect(warnings).to_contain_text("alphas can hardly move")


@pytest.mark.slow
def test_warnings_go_when_the_spec_is_mended(page: WatchedPage) -> None:
    open_all_settings(page)
    page.label("arch learning rate").fill("1e-30")
    expect(page.role("region", "Warnings")).to_be_visible()
    page.label("batch size").fill("8")
    page.label("arch learning rate").fill("0.1")
    expect(page.role("region", "Warnings")).to_have_count(0)


def test_a_refusal_stands_at_its_field(page: WatchedPage) -> None:
    page.expect_complaint(REFUSED)
    open_all_settings(page)
    page.label("num to keep of stage 2").fill("7")
    field = page.label("num to keep of stage 2")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("must be less than the 5 operations"))
    page.role("button", "Start search").click()
    expect(field).to_be_focused()
    field.fill("3")
    expect(field).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.slow
def test_a_stage_can_be_taken_away(page: WatchedPage) -> None:
    page.expect_complaint(REFUSED)
    open_all_settings(page)
    page.role("button", "Remove last stage").click()
    expect(page.label("num to keep of stage 2")).to_have_attribute("aria-invalid", "true")
    page.label("num to keep of stage 2").fill("1")
    expect(page.find("output.plan")).to_contain_text("2 stages, 10 epochs")


@pytest.mark.slow
def test_one_of_a_thing_is_not_called_many(page: WatchedPage) -> None:
    page.expect_complaint(REFUSED)
    open_all_settings(page)
    for _ in range(2):
        page.role("button", "Remove last stage").click()
    page.label("num to keep of stage 1").fill("1")
    page.label("epochs of stage 1").fill("1")
    page.label("warmup epochs of stage 1").fill("0")
    expect(page.find("output.plan")).to_contain_text("1 stage, 1 epoch")
    expect(page.find("output.plan")).not_to_contain_text("1 epochs")


@pytest.mark.slow
def test_a_form_half_filled_in_survives_back_and_reload(page: WatchedPage) -> None:
    open_all_settings(page)
    page.label("name").fill("half typed")
    page.label("Preset").select_option("quick")
    page.label("epochs of stage 2").fill("9")
    page.role("button", "Remove last stage").click()
    page.label("num to keep of stage 2").fill("1")
    page.role("link", "Workers").click()
    expect(page.role("heading", "Workers")).to_be_visible()
    page.raw.go_back()
    for _ in range(2):
        expect(page.label("name")).to_have_value("half typed")
        expect(page.label("epochs of stage 2")).to_have_value("9")
        expect(page.label("num to keep of stage 2")).to_have_value("1")
        expect(page.label("epochs of stage 3")).to_have_count(0)
        expect(page.label("epochs of stage 2")).to_be_visible()
        expect(page.find("output.plan")).to_contain_text("2 stages")
        page.raw.reload()
    page.role("button", "Start over").click()
    expect(page.label("name")).to_have_value("")
    expect(page.find("output.plan")).to_contain_text("3 stages")
    assert page.raw.evaluate("Object.keys(sessionStorage)") == []


@pytest.mark.slow
def test_what_was_sent_is_not_filled_in_again(page: WatchedPage) -> None:
    page.open("/new?preset=quick")
    page.label("name").fill("sent")
    page.role("button", "Start search").click()
    expect(page.role("heading", "sent")).to_be_visible()
    page.raw.go_back()
    expect(page.label("name")).to_have_value("")


def test_what_was_typed_is_what_is_searched(page: WatchedPage, service: httpx.Client) -> None:
    open_all_settings(page)
    page.label("name").fill("made by hand")
    page.label("seed").fill("77")
    page.label("cutout").select_option("true")
    page.role("button", "Start search").click()
    expect(page.role("heading", "made by hand")).to_be_visible()
    expect(page.find("p.sentence")).to_have_text("Waiting for a worker.")
    (search,) = service.get("/searches").json()["data"]
    assert (search["spec"]["seed"], search["spec"]["cutout"]) == (77, True)
    assert search["spec"]["batch_size"] == 64
