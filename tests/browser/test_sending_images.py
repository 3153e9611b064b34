"""Images that are dropped on the page, or chosen, and become a data set."""

import re
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Route, expect

from store.database import Database
from store.settings import Settings
from tests.browser.support.datasets import (
    TORN,
    list_in_short_pages,
    run_check,
    send_files,
)
from tests.browser.support.faults import look_at_every_size
from tests.browser.support.watched_page import WatchedPage
from tests.support.image_archives import archive_of, files_of, zip_of

PARTS = "**/v1/uploads/*"
FULL_STORAGE = """
for (const act of ["setItem", "removeItem"]) {
  const real = Storage.prototype[act];
  Storage.prototype[act] = function (...args) {
    if (this === localStorage) throw new DOMException("full", "QuotaExceededError");
    return real.apply(this, args);
  };
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of(tmp_path, files_of({"train/cat": 40, "train/dog": 40}))


def folder_of(place: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a folder `pets`, as a reader would have it."""
    for name, content in files.items():
        path = place / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return place / "pets"


def drop(page: WatchedPage, *paths: Path) -> None:
    """Drag files or folders of the machine over the page, and let them go."""
    expect(page.role("button", "Choose a folder…")).to_be_visible()
    box = page.find("send-images").bounding_box()
    assert box is not None
    dragged = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    session = page.raw.context.new_cdp_session(page.raw)
    for step in ("dragEnter", "dragOver", "drop"):
        place = {"x": box["x"] + 20, "y": box["y"] + 20}
        session.send("Input.dispatchDragEvent", {"type": step, "data": dragged} | place)
    session.detach()


def choose(page: WatchedPage, button: str, path: Path) -> None:
    with page.raw.expect_file_chooser() as chooser:
        page.role("button", button).click()
    chooser.value.set_files(path)


def tab_to(page: WatchedPage, name: str) -> None:
    """Press Tab until what has this name has the focus."""
    for _ in range(60):
        page.raw.keyboard.press("Tab")
        focused = page.find(":focus")
        if focused.count() and focused.inner_text() == name:
            return
    pytest.fail(f"Tab does not lead to {name}")


def test_a_folder_is_dropped_looked_at_and_searched(
    page: WatchedPage,
    service: httpx.Client,
    database: Database,
    settings: Settings,
    folder: Path,
) -> None:
    (folder / "train" / "cat" / "copy.png").write_bytes(
        (folder / "train" / "dog" / "0.png").read_bytes()
    )
    page.open("/datasets")
    drop(page, folder)
    expect(page.find("send-images")).to_contain_text("pets: 81 images")
    expect(page.label("Name")).to_have_value("pets")
    page.role("button", "Send").dblclick()
    expect(page.find("h1 + .badge")).to_have_text("checking")
    assert service.get("/uploads").json()["data"] == []
    run_check(database, settings)
    expect(page.find(".findings")).to_contain_text("same picture in several classes")
    page.role("link", "Start a search").click()
    expect(page.label("Data set")).to_have_value("pets")
    page.role("button", "Start search").click()
    expect(page.find("p.sentence")).to_have_text("Waiting for a worker.")
    (search,) = service.get("/searches").json()["data"]
    assert search["spec"]["dataset"] == "pets"


def test_the_same_is_done_by_keyboard_alone(
    page: WatchedPage,
    service: httpx.Client,
    database: Database,
    settings: Settings,
    tmp_path: Path,
) -> None:
    sizes = files_of({"train/cat": 40}) | files_of({"train/dog": 40}, side=10)
    folder = folder_of(tmp_path, sizes)
    keyboard = page.raw.keyboard
    page.open("/datasets")
    expect(page.role("button", "Choose a folder…")).to_be_visible()
    tab_to(page, "Choose a folder…")
    with page.raw.expect_file_chooser() as chooser:
        keyboard.press("Enter")
    chooser.value.set_files(folder)
    expect(page.label("Name")).to_be_focused()
    keyboard.press("Control+a")
    keyboard.type("typed")
    keyboard.press("Enter")
    expect(page.role("heading", "typed")).to_be_visible()
    run_check(database, settings)
    expect(page.find(".findings")).to_contain_text("of another size than the most common one")
    tab_to(page, "Start a search")
    keyboard.press("Enter")
    expect(page.label("image size")).to_have_value("8")
    tab_to(page, "Start search")
    keyboard.press("Enter")
    expect(page.find("p.sentence")).to_have_text("Waiting for a worker.")
    (search,) = service.get("/searches").json()["data"]
    assert (search["spec"]["dataset"], search["spec"]["image_size"]) == ("typed", 8)


@pytest.mark.slow
def test_any_name_arrives_as_it_is_and_what_is_no_image_is_counted(
    page: WatchedPage, service: httpx.Client, tmp_path: Path
) -> None:
    files = files_of({"train/café": 2, f"train/{'long' * 20}/{'deep' * 20}": 2, "test/café": 1})
    folder = folder_of(tmp_path, files | {"train/café/notes.txt": b"words", ".hidden/x.png": b""})
    page.open("/datasets")
    drop(page, folder)
    page.role("button", "Send").click()
    expect(page.find("h1 + .badge")).to_have_text("checking")
    sent = service.get("/datasets/pets").json()
    send_files(service, files, name="whole")
    assert sent["digest"] == service.get("/datasets/whole").json()["digest"]
    assert sent["left_out"] == {".txt": 1}


@pytest.mark.slow
def test_a_connection_that_breaks_in_a_part_goes_on_where_it_broke(
    page: WatchedPage, service: httpx.Client, tmp_path: Path
) -> None:
    page.expect_complaint("net::ERR_FAILED")
    archive = zip_of(files_of(side=400))
    (tmp_path / "pets.zip").write_bytes(archive)
    offsets: list[int] = []

    def break_the_second(route: Route) -> None:
        request = route.request
        if request.method != "PATCH":
            return route.continue_()
        offset = int(request.headers["upload-offset"])
        offsets.append(offset)
        if len(offsets) != 2:
            return route.continue_()
        half = archive[offset : offset + 2**19]
        headers = {name: request.headers[name] for name in ("content-type", "upload-offset")}
        service.patch(request.url, content=half, headers=headers).raise_for_status()
        return route.abort()

    page.raw.route(PARTS, break_the_second)
    page.open("/datasets")
    choose(page, "Choose an archive…", tmp_path / "pets.zip")
    page.role("button", "Send").click()
    expect(page.find("h1 + .badge")).to_have_text("checking")
    assert offsets[:3] == [0, 2**20, 2**20 + 2**19]
    send_files(service, files_of(side=400), name="whole")
    digests = {service.get(f"/datasets/{name}").json()["digest"] for name in ("pets", "whole")}
    assert len(digests) == 1


@pytest.mark.slow
def test_a_page_that_is_loaded_again_goes_on_with_the_same_file(
    page: WatchedPage, service: httpx.Client, tmp_path: Path
) -> None:
    page.expect_complaint("net::ERR_FAILED")
    (tmp_path / "pets.zip").write_bytes(zip_of(files_of(side=400)))
    offsets: list[int] = []

    def break_after_the_first(route: Route) -> None:
        if route.request.method == "PATCH":
            offsets.append(int(route.request.headers["upload-offset"]))
        if len(offsets) > 1:
            return route.abort()
        return route.continue_()

    page.raw.route(PARTS, break_after_the_first)
    page.open("/datasets")
    choose(page, "Choose an archive…", tmp_path / "pets.zip")
    page.role("button", "Send").click()
    expect(page.find("send-images [role=status]")).to_contain_text("Trying again")
    page.raw.on("dialog", lambda dialog: dialog.accept())
    page.open("/datasets")
    # Not before: the page that is left would go on by itself.
    page.raw.unroute(PARTS)
    expect(page.find("send-images")).to_contain_text("“pets.zip” was only partly sent")
    (upload,) = service.get("/uploads").json()["data"]
    assert upload["offset"] == 2**20
    choose(page, "Choose an archive…", tmp_path / "pets.zip")
    with page.raw.expect_request(
        lambda request: request.method == "PATCH" and upload["id"] in request.url
    ) as next_part:
        page.role("button", "Send").click()
    assert next_part.value.headers["upload-offset"] == str(2**20)
    expect(page.find("h1 + .badge")).to_have_text("checking")
    assert service.get("/uploads").json()["data"] == []
    page.open("/datasets")
    expect(page.role("button", "Choose a folder…")).to_be_visible()
    expect(page.find("send-images")).not_to_contain_text("was only partly sent")


@pytest.mark.slow
def test_a_browser_that_keeps_nothing_sends_them_too(
    page_in_new_tab: WatchedPage, tmp_path: Path
) -> None:
    page = page_in_new_tab
    (tmp_path / "pets.zip").write_bytes(archive_of())
    page.raw.add_init_script(FULL_STORAGE)
    page.open("/datasets")
    choose(page, "Choose an archive…", tmp_path / "pets.zip")
    page.role("button", "Send").click()
    expect(page.find("h1 + .badge")).to_have_text("checking")


@pytest.mark.slow
def test_what_is_cancelled_leaves_nothing(
    page: WatchedPage, service: httpx.Client, tmp_path: Path
) -> None:
    page.expect_complaint("net::ERR_FAILED")
    (tmp_path / "pets.zip").write_bytes(archive_of())
    page.raw.route(
        PARTS, lambda route: route.abort() if route.request.method == "PATCH" else route.continue_()
    )
    page.open("/datasets")
    choose(page, "Choose an archive…", tmp_path / "pets.zip")
    page.role("button", "Send").click()
    expect(page.find("send-images [role=status]")).to_contain_text("Trying again")
    assert len(service.get("/uploads").json()["data"]) == 1
    with page.raw.expect_response(lambda answer: answer.request.method == "DELETE"):
        page.role("button", "Cancel").click()
    expect(page.role("button", "Send")).to_be_focused()
    assert service.get("/uploads").json()["data"] == []
    page.raw.unroute(PARTS)
    page.role("button", "Send").click()
    expect(page.find("h1 + .badge")).to_have_text("checking")


def expect_refusal(page: WatchedPage, words: str) -> None:
    expect(page.find("send-images [role=alert]")).to_contain_text(words)


@pytest.mark.slow
def test_a_refusal_is_shown_where_it_was_sent(page: WatchedPage, tmp_path: Path) -> None:
    page.expect_complaint("status of 4")
    (tmp_path / "pets.zip").write_text("once upon a time")
    page.open("/datasets")
    choose(page, "Choose an archive…", tmp_path / "pets.zip")
    page.role("button", "Send").click()
    expect_refusal(page, "zip")
    page.role("button", "Choose something else").click()
    expect(page.role("button", "Choose a folder…")).to_be_focused()
    expect(page.find("send-images [role=alert]")).to_have_count(0)


@pytest.mark.slow
def test_a_name_that_is_taken_is_refused_before_anything_is_sent(
    page: WatchedPage, service: httpx.Client, folder: Path
) -> None:
    send_files(service, files_of())
    before = service.get("/datasets/pets").json()["digest"]
    list_in_short_pages(page)
    page.open("/datasets")
    drop(page, folder)
    for name, fault in (
        ("", "Give the data set a name."),
        ("a/b", "A name must not contain slashes"),
    ):
        page.label("Name").fill(name)
        page.role("button", "Send").click()
        expect(page.label("Name")).to_have_accessible_description(re.compile(fault))
    page.label("Name").fill("digits")
    page.role("button", "Send").click()
    expect_refusal(page, "shared by everyone")
    page.label("Name").fill("pets")
    page.role("button", "Send").click()
    page.role("button", "Go back").click()
    expect(page.label("Name")).to_have_value("pets")
    assert service.get("/datasets/pets").json()["digest"] == before
    page.role("button", "Send").click()
    page.role("button", "Replace images").click()
    expect(page.find("h1 + .badge")).to_have_text("checking")
    assert service.get("/datasets/pets").json()["digest"] != before


@pytest.mark.parametrize(
    ("files", "dropped", "words"),
    [
        ({"notes.txt": b"words", ".git/x.png": b"x"}, "", "There are no images in “pets”."),
        ({"one.png": b"x"}, "one.png", "a single image"),
        ({"none.zip": b""}, "none.zip", "is empty"),
    ],
)
@pytest.mark.sampled
def test_what_can_be_no_data_set_is_not_sent(
    page: WatchedPage, tmp_path: Path, files: dict[str, bytes], dropped: str, words: str
) -> None:
    folder = folder_of(tmp_path, files)
    page.open("/datasets")
    drop(page, folder / dropped)
    expect_refusal(page, words)
    expect(page.role("button", "Choose a folder…")).to_be_focused()


@pytest.mark.slow
def test_what_is_chosen_and_sent_has_no_serious_fault(
    page: WatchedPage, pictures: Path | None, folder: Path
) -> None:
    page.expect_complaint("net::ERR_FAILED")
    page.raw.route("**/v1/uploads", lambda route: route.abort())
    page.open("/datasets")
    drop(page, folder)
    expect(page.role("button", "Send")).to_be_visible()
    look_at_every_size(page, pictures, "images-chosen")
    page.role("button", "Send").click()
    expect(page.find("send-images [role=status]")).to_contain_text("Trying again")
    look_at_every_size(page, pictures, "images-sent")


def test_what_was_sent_shows_what_is_torn(
    page: WatchedPage, database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path, files_of() | TORN)
    page.open("/datasets")
    choose(page, "Choose a folder…", folder)
    page.role("button", "Send").click()
    expect(page.find("h1 + .badge")).to_have_text("checking")
    run_check(database, settings)
    expect(page.find("h1 + .badge")).to_have_text("invalid")
    expect(page.find(".findings > li").first).to_contain_text("train/cat/torn.png")
