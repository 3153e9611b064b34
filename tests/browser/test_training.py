"""The form that trains a genotype."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Route, expect

from store.database import Database
from store.settings import Settings
from tests.browser.support.datasets import list_in_short_pages
from tests.browser.support.searches import finished_search, imported_genotype
from tests.browser.support.watched_page import WatchedPage
from tests.support.images import make_image_folder

SETTINGS = "Data set, epochs and other settings"


def evaluations(service: httpx.Client) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = service.get("/evaluations").json()["data"]
    return data


def open_settings(page: WatchedPage, genotype_id: str) -> None:
    page.open(f"/genotypes/{genotype_id}")
    page.find("summary", text=SETTINGS).click()
    expect(page.find("train-form .plan")).to_contain_text("10 epochs")


def test_one_click_trains_what_a_search_recommends(
    page: WatchedPage, service: httpx.Client, database: Database
) -> None:
    search_id = finished_search(database)
    page.open(f"/searches/{search_id}")
    expect(page.find("train-form .plan")).to_contain_text("digits, preset quick, 10 epochs")
    page.role("button", "Train it").click()
    expect(page.find("h1 + .badge")).to_have_text("queued")
    (evaluation,) = evaluations(service)
    recommended = service.get(f"/searches/{search_id}/genotype").json()
    assert evaluation["genotype"]["id"] == recommended["id"]
    assert (evaluation["spec"]["dataset"], evaluation["spec"]["preset"]) == ("digits", "quick")
    page.role("link", "its search").click()
    expect(page.find("table.evaluations tbody tr")).to_have_count(1)


@pytest.mark.slow
def test_it_is_submitted_once_however_often_it_is_sent(
    page: WatchedPage, service: httpx.Client, database: Database
) -> None:
    page.open(f"/genotypes/{imported_genotype(database)}")
    expect(page.role("button", "Train it")).to_be_visible()
    page.find("train-form form").evaluate("(form) => [1, 2, 3].map(() => form.requestSubmit())")
    expect(page.find("h1 + .badge")).to_have_text("queued")
    assert len(evaluations(service)) == 1


def test_a_refusal_stands_at_its_field(page: WatchedPage, database: Database) -> None:
    page.expect_complaint("status of 422")
    open_settings(page, imported_genotype(database))
    seed = page.label("seed")
    seed.fill("-1")
    expect(seed).to_have_attribute("aria-invalid", "true")
    expect(seed).to_have_accessible_description(re.compile("greater than or equal to 0"))
    page.role("button", "Train it").click()
    expect(seed).to_be_focused()
    seed.fill("1")
    expect(seed).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.slow
def test_a_similar_one_is_filled_in_with_what_its_preset_lacks(
    page: WatchedPage, service: httpx.Client, database: Database
) -> None:
    genotype_id = imported_genotype(database)
    spec = {"genotype": genotype_id, "dataset": "digits", "preset": "short", "epochs": 7}
    evaluation_id = service.post("/evaluations", json=spec).raise_for_status().json()["id"]
    page.open(f"/evaluations/{evaluation_id}")
    page.role("link", "Start a similar one").click()
    expect(page.label("epochs")).to_have_value("7")
    expect(page.label("Preset")).to_have_value("short")
    expect(page.label("batch size")).to_have_value("")
    expect(page.find("train-form .plan")).to_contain_text("preset short, 7 epochs")


def test_the_recipe_is_sized_for_the_data_set_and_it_says_why(
    page: WatchedPage, service: httpx.Client, database: Database, settings: Settings
) -> None:
    classes = {"cat": 20, "dog": 20}
    make_image_folder(settings.data_dir, "photos", classes=classes, height=90, width=120)
    make_image_folder(settings.data_dir, "large", classes=classes, height=128, width=128)
    list_in_short_pages(page)
    open_settings(page, imported_genotype(database))
    reasons = page.find("train-form .sized li")
    expect(reasons).to_have_count(0)
    page.label("Data set").select_option("large")
    expect(reasons.nth(0)).to_contain_text("leaves 25% of the pixels")
    expect(reasons.nth(0)).to_contain_text("many times faster")
    page.label("Data set").select_option("photos")
    expect(reasons).to_have_count(3)
    expect(reasons.nth(0)).to_contain_text("90 pixels or more on a side: image_size 64 leaves 51%")
    expect(reasons.nth(0)).not_to_contain_text("many times")
    expect(reasons.nth(1)).to_contain_text("no test images: valid_portion 0.2")
    expect(reasons.nth(2)).to_contain_text("40 training images: batch_size 8")
    page.label("Preset").select_option("paper-imagenet")
    expect(reasons.nth(0)).to_contain_text("224×224 pixels of each image (crop_size)")
    expect(page.find("train-form .plan")).to_contain_text("photos, preset paper-imagenet")
    page.label("Preset").select_option("quick")
    expect(reasons.nth(0)).to_contain_text("image_size 64")
    page.label("epochs").fill("3")
    page.role("button", "Train it").click()
    expect(page.find("h1 + .badge")).to_have_text("queued")
    (evaluation,) = evaluations(service)
    names = ("image_size", "valid_portion", "batch_size", "epochs")
    assert [evaluation["spec"][name] for name in names] == [64, 0.2, 8, 3]


@pytest.mark.slow
def test_what_suits_the_data_set_that_was_chosen_before_is_not_sent(
    page: WatchedPage, service: httpx.Client, database: Database, settings: Settings
) -> None:
    make_image_folder(settings.data_dir, "others", classes={"cat": 20, "dog": 20}, height=90)
    open_settings(page, imported_genotype(database))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.raw.route("**/datasets/others", hold)
    with page.raw.expect_request("**/datasets/others"):
        page.label("Data set").select_option("others")
    page.role("button", "Train it").click()
    held[0].continue_()
    expect(page.find("h1 + .badge")).to_have_text("queued")
    (evaluation,) = evaluations(service)
    assert evaluation["spec"]["valid_portion"] == 0.2
