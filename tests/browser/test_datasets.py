"""The pages of data sets: the list, and one of them."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from store.database import Database
from store.lifecycle import failed_with
from store.settings import Settings
from store.states import ErrorCode
from store.tables import Job
from tests.browser.support.datasets import (
    TORN,
    files_of_colours,
    list_in_short_pages,
    run_check,
    send_files,
)
from tests.browser.support.faults import look_at_every_size
from tests.browser.support.watched_page import WatchedPage
from tests.support.image_archives import files_of

Check = Callable[[], None]

MIDDLE_OF_THIRD = """(image) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const row = parseFloat(getComputedStyle(image).objectPosition.split(" ")[1]);
  canvas.getContext("2d").drawImage(image, -2.5 * 64, row - 32);
  return [...canvas.getContext("2d").getImageData(0, 0, 1, 1).data].slice(0, 3);
}"""
"""What colour is seen there, of a picture that shows one row of a sheet."""


@pytest.fixture
def check(database: Database, settings: Settings) -> Check:
    """Runs the check that waits first."""
    return lambda: run_check(database, settings)


def test_the_list_tells_states_counts_and_origins(page: WatchedPage, service: httpx.Client) -> None:
    send_files(service, files_of())
    page.open("/datasets")
    expect(page.find("tbody tr", text="digits")).to_contain_text(re.compile("ready.*10.*built in"))
    row = page.find("tbody tr", text="pets")
    expect(row).to_contain_text(re.compile("checking.*2.*8.*8 × 8.*sent by you"))
    row.get_by_role("link").click()
    expect(page.role("heading", "pets")).to_be_visible()


def test_a_data_set_is_followed_to_the_end_of_its_check(
    page: WatchedPage, service: httpx.Client, check: Check
) -> None:
    send_files(service, files_of())
    page.open("/datasets/pets")
    expect(page.find("p.sentence")).to_have_text("Waiting for a worker to check its images.")
    expect(page.role("progressbar", "Progress of the check")).to_be_attached()
    check()
    expect(page.find("h1 + .badge")).to_have_text("ready")
    expect(page.role("progressbar", "Progress of the check")).to_be_hidden()
    digest = service.get("/datasets/pets").json()["digest"]
    expect(page.find("main")).to_contain_text(digest)


def test_findings_come_with_files_and_advice_errors_first(
    page: WatchedPage, service: httpx.Client, check: Check
) -> None:
    files = files_of()
    send_files(service, files | TORN | {"train/dog/copy.png": files["train/cat/0.png"]})
    check()
    page.open("/datasets/pets")
    expect(page.find("p.sentence")).to_contain_text("It cannot be used as it is")
    items = page.find(".findings > li")
    expect(items.first).to_contain_text(
        re.compile("Error.*cut short.*Replace or remove.*cat/torn.png")
    )
    expect(items.filter(has_text="same picture")).to_contain_text("Warning")
    expect(page.role("link", "Start a search")).to_have_count(0)


@pytest.mark.slow
def test_each_class_has_its_counts_and_some_of_its_images(
    page: WatchedPage, service: httpx.Client, check: Check
) -> None:
    send_files(service, files_of_colours(blues="#0000ff", reds="#ff0000"))
    check()
    page.open("/datasets/pets")
    for label, colour in (("blues", [0, 0, 255]), ("reds", [255, 0, 0])):
        picture = page.role("img", f"Some images of {label}")
        expect(picture).to_have_js_property("naturalHeight", 128)
        assert picture.evaluate(MIDDLE_OF_THIRD) == colour
    expect(page.find("table.class-samples tbody tr").first).to_contain_text(
        re.compile("blues.*5.*0")
    )


@pytest.mark.slow
def test_a_search_starts_with_the_data_set_and_a_size_where_it_needs_one(
    page: WatchedPage, service: httpx.Client, check: Check
) -> None:
    send_files(service, files_of({"train/cat": 40}) | files_of({"train/dog": 40}, side=10))
    check()
    page.open("/datasets/pets")
    expect(page.find("key-figures")).to_contain_text("8 × 8 to 10 × 10")
    page.role("link", "Start a search").click()
    expect(page.label("Data set")).to_have_value("pets")
    expect(page.label("image size")).to_have_value("8")
    page.role("button", "Start search").click()
    expect(page.find("stage-rail")).to_be_visible()
    (search,) = service.get("/searches").json()["data"]
    assert (search["spec"]["dataset"], search["spec"]["image_size"]) == ("pets", 8)


@pytest.mark.slow
def test_a_data_set_is_checked_again(
    page: WatchedPage, service: httpx.Client, check: Check
) -> None:
    send_files(service, files_of())
    check()
    before = service.get("/datasets/pets").json()["check"]["id"]
    page.open("/datasets/pets")
    page.role("button", "Check again").click()
    expect(page.find("h1 + .badge")).to_have_text("checking")
    expect(page.role("img", "Some images of cat")).to_have_js_property("naturalHeight", 128)
    check()
    expect(page.find("h1 + .badge")).to_have_text("ready")
    expect(page.role("img", "Some images of cat")).to_have_js_property("naturalHeight", 128)
    assert service.get("/datasets/pets").json()["check"]["id"] != before


@pytest.mark.slow
def test_a_check_that_fails_is_told_before_what_the_last_one_found(
    page: WatchedPage, service: httpx.Client, database: Database, check: Check
) -> None:
    send_files(service, files_of())
    check()
    again = service.post("/datasets/pets/check").json()["check"]["id"]
    with database.write() as session:
        failed = failed_with(ErrorCode.WORKER_LOST, "3 attempts in a row died")
        session.execute(update(Job).where(Job.id == again).values(failed))
    page.open("/datasets/pets")
    expect(page.find("p.sentence")).to_have_text(
        "Its check failed: 3 attempts in a row died. The previous check found 1 warning."
    )


@pytest.mark.slow
def test_a_search_without_the_files_that_are_no_good_leaves_them_out(
    page: WatchedPage, service: httpx.Client, check: Check
) -> None:
    """Also where the reader once chose otherwise in that form."""
    send_files(service, files_of({"train/cat": 40, "train/dog": 40}) | TORN)
    check()
    for _ in range(2):
        page.open("/datasets/pets")
        page.role("link", "Start a search without these files").click()
        expect(page.label("skip invalid")).to_have_value("true")
        page.label("skip invalid").select_option("false")


@pytest.mark.slow
def test_there_may_be_more_data_sets_than_a_page_of_the_list_has(
    page: WatchedPage, service: httpx.Client
) -> None:
    send_files(service, files_of())
    list_in_short_pages(page)
    page.open("/datasets")
    expect(page.find("tbody tr", text="pets")).to_be_visible()
    page.open("/new?dataset=pets")
    expect(page.label("Data set")).to_have_value("pets")


def test_a_data_set_is_deleted_after_a_question(page: WatchedPage, service: httpx.Client) -> None:
    send_files(service, files_of(), name="50% <b>")
    page.open("/datasets")
    page.role("link", "50% <b>").click()
    expect(page.role("heading", "50% <b>")).to_be_visible()
    page.role("button", "Delete").click()
    page.role("button", "Go back").click()
    expect(page.role("heading", "50% <b>")).to_be_visible()
    page.rest()
    page.role("button", "Delete").click()
    page.role("button", "Delete data set").click()
    expect(page.find("tbody tr", text="digits")).to_be_visible()
    expect(page.find("main")).not_to_contain_text("50%")


@pytest.mark.slow
def test_a_data_set_in_use_says_so(page: WatchedPage, service: httpx.Client) -> None:
    page.expect_complaint("status of 409")
    send_files(service, files_of({"train/cat": 40, "train/dog": 40}))
    spec = {"dataset": "pets", "preset": "quick", "batch_size": 8}
    service.post("/searches", json=spec).raise_for_status()
    page.open("/datasets/pets")
    page.role("button", "Delete").click()
    page.role("button", "Delete data set").click()
    expect(page.find("dataset-actions [role=alert]")).to_contain_text("use")


def test_what_is_built_in_cannot_be_deleted(page: WatchedPage) -> None:
    page.open("/datasets/digits")
    expect(page.find("p.sentence")).to_have_text("Built in and ready to use.")
    expect(page.role("link", "Start a search")).to_be_visible()
    expect(page.find("dataset-actions button")).to_have_count(0)


@pytest.mark.slow
def test_the_page_of_a_data_set_has_no_serious_fault(
    page: WatchedPage, service: httpx.Client, check: Check, pictures: Path | None
) -> None:
    files = files_of({f"train/{'long' * 20}": 9, "train/cat": 12, "test/cat": 3})
    photos = {f"train/cat/deep/{number}.png": b"torn" for number in range(5)}
    send_files(service, files | photos | {"train/cat/notes.txt": b""})
    check()
    page.open("/datasets/pets")
    expect(page.find(".findings > li").first).to_be_visible()
    page.rest()
    look_at_every_size(page, pictures, "dataset")
