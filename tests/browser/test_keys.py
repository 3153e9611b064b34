"""The page of a service that wants a key, and the page on which an admin makes keys."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from store.database import Database
from store.scopes import Scope
from store.settings import Settings
from tests.browser.support.faults import look_at_every_size, serious_faults
from tests.browser.support.searches import imported_genotype, queued_search
from tests.browser.support.watched_page import WatchedPage, open_tab, watched
from tests.support.http_service import serve
from tests.support.image_archives import archive_of
from tests.support.keys import bearer, make_key

BLOCKED_STORAGE = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, {
    get() { throw new DOMException("blocked", "SecurityError"); },
  });
"""
OWNER = "local"
"""Whose searches the tests write."""


@pytest.fixture
def admin_key(database: Database) -> str:
    return make_key(database, owner=OWNER).text


@pytest.fixture(scope="module")
def guarded_service(settings: Settings) -> Iterator[httpx.Client]:
    database = Database(settings.database_url)
    make_key(database, owner=OWNER)  # a service that wants keys does not start without an admin's
    database.close()
    with serve(settings.model_copy(update={"auth": "on"})) as client:
        yield client


@pytest.fixture(scope="module")
def guarded_tab(browser: Browser, guarded_service: httpx.Client) -> Iterator[Page]:
    tab = open_tab(browser, str(guarded_service.base_url))
    yield tab
    tab.context.close()


@pytest.fixture
def guarded(
    guarded_tab: Page, guarded_service: httpx.Client, database: Database
) -> Iterator[WatchedPage]:
    """A page of the service that wants a key."""
    with watched(guarded_tab, str(guarded_service.base_url)) as page:
        page.expect_complaint("status of 401")
        yield page


def sign_in(page: WatchedPage, key: str) -> None:
    page.label("Key").fill(key)
    page.role("button", "Use this key").click()


def test_a_key_is_asked_for_and_kept_out_of_addresses(
    guarded: WatchedPage, database: Database, admin_key: str
) -> None:
    queued_search(database, "behind a key")
    asked: list[str] = []
    guarded.raw.on("request", lambda request: asked.append(request.url))
    guarded.open("")
    sign_in(guarded, "pdk_wrong")
    expect(guarded.find("dialog")).to_contain_text("The service refused this key")
    sign_in(guarded, admin_key)
    expect(guarded.find("table.searches")).to_contain_text("behind a key")
    expect(guarded.find("user-account")).to_contain_text(OWNER)
    assert not any(admin_key in url for url in asked)
    assert guarded.raw.evaluate("Object.values(localStorage)") == []
    guarded.raw.evaluate("localStorage.setItem('pdarts.upload', 'a file half sent')")
    guarded.role("button", "Sign out").click()
    expect(guarded.role("heading", "API key")).to_be_visible()
    assert guarded.raw.evaluate("localStorage.getItem('pdarts.upload')") is None
    expect(guarded.find("table.searches")).to_have_count(0)


@pytest.mark.slow
def test_a_browser_that_blocks_storage_takes_a_key_too(
    browser: Browser, guarded_service: httpx.Client, database: Database, admin_key: str
) -> None:
    search_id = queued_search(database, "behind a key")
    tab = open_tab(browser, str(guarded_service.base_url))
    tab.add_init_script(BLOCKED_STORAGE)
    with closing(tab.context):
        page = WatchedPage(tab, str(guarded_service.base_url))
        page.expect_complaint("status of 401")
        page.open("/new")
        sign_in(page, admin_key)
        page.label("name").fill("half typed")
        page.role("link", "Searches").first.click()
        page.role("link", "behind a key").click()
        expect(page.find("h1 + .badge")).to_have_text("queued")
        assert search_id in page.raw.url
        page.role("button", "Sign out").click()
        expect(page.role("heading", "API key")).to_be_visible()
        assert page.unexpected_complaints() == []


@pytest.mark.slow
def test_a_search_is_watched_through_a_stream_that_shows_the_key(
    guarded: WatchedPage, guarded_service: httpx.Client, database: Database, admin_key: str
) -> None:
    search_id = queued_search(database)
    guarded.open(f"/searches/{search_id}")
    sign_in(guarded, admin_key)
    expect(guarded.find("h1 + .badge")).to_have_text("queued")
    move = guarded_service.post(f"/searches/{search_id}/pause", headers=bearer(admin_key))
    assert move.status_code == 202
    expect(guarded.find("h1 + .badge")).to_have_text("paused")


def test_who_may_only_read_is_told_so(guarded: WatchedPage, database: Database) -> None:
    guarded.expect_complaint("status of 403")
    reader = make_key(database, owner=OWNER, scopes=[Scope.READ]).text
    guarded.open(f"/searches/{queued_search(database)}")
    sign_in(guarded, reader)
    guarded.role("button", "Pause").click()
    expect(guarded.find("job-actions [role=alert]")).to_contain_text("submit")
    expect(guarded.find("nav a", text="Keys")).to_be_hidden()


@pytest.mark.slow
def test_who_may_only_read_is_not_asked_to_train(guarded: WatchedPage, database: Database) -> None:
    reader = make_key(database, owner=OWNER, scopes=[Scope.READ]).text
    guarded.open(f"/genotypes/{imported_genotype(database)}")
    sign_in(guarded, reader)
    expect(guarded.find("train-form")).to_have_text(
        "Your key cannot start evaluations: it lacks the scope “submit”. "
        "An admin can create one that has it."
    )


@pytest.mark.slow
def test_images_are_sent_though_the_key_ends_before(
    guarded: WatchedPage,
    guarded_service: httpx.Client,
    database: Database,
    admin_key: str,
    tmp_path: Path,
) -> None:
    ending = make_key(database, owner=OWNER)
    (tmp_path / "pets.zip").write_bytes(archive_of())
    guarded.open("/datasets")
    sign_in(guarded, ending.text)
    with guarded.raw.expect_file_chooser() as chooser:
        guarded.role("button", "Choose an archive…").click()
    chooser.value.set_files(tmp_path / "pets.zip")
    expect(guarded.role("button", "Send")).to_be_visible()
    guarded_service.delete(f"/keys/{ending.row.id}", headers=bearer(admin_key)).raise_for_status()
    guarded.role("button", "Send").click()
    expect(guarded.find("dialog")).to_contain_text("The service refused this key")
    sign_in(guarded, admin_key)
    expect(guarded.find("h1 + .badge")).to_have_text("checking")


@pytest.mark.slow
def test_who_may_only_read_is_not_asked_to_send_images(
    guarded: WatchedPage, database: Database
) -> None:
    reader = make_key(database, owner=OWNER, scopes=[Scope.READ]).text
    guarded.open("/datasets")
    sign_in(guarded, reader)
    expect(guarded.find("send-images")).to_have_text(
        "Your key cannot send data sets: it lacks the scope “submit”. "
        "An admin can create one that has it."
    )


def test_an_admin_makes_a_key_that_is_shown_once_and_revokes_it(
    guarded: WatchedPage, guarded_service: httpx.Client, admin_key: str
) -> None:
    guarded.open("")
    sign_in(guarded, admin_key)
    guarded.find("nav a", text="Keys").click()
    guarded.label("Owner").fill("ada")
    guarded.label("Name").fill("<b>laptop</b>")
    guarded.role("button", "Create key").click()
    expect(guarded.find(".fresh-key")).to_contain_text("won't be shown again")
    guarded.find(".fresh-key button", text="Copy").click()
    expect(guarded.role("button", "Copied")).to_be_visible()
    key = guarded.raw.evaluate("navigator.clipboard.readText()")
    assert guarded_service.get("/me", headers=bearer(key)).json()["owner"] == "ada"
    row = guarded.find("tbody tr", text="<b>laptop</b>")
    expect(row).to_contain_text(re.compile("read, submit.*valid", re.DOTALL))
    guarded.role("button", "Done").click()
    expect(guarded.find("main")).not_to_contain_text(key)
    row.get_by_role("button", name="Revoke").click()
    guarded.role("button", "Revoke key").click()
    expect(row).to_have_count(0)
    assert guarded_service.get("/me", headers=bearer(key)).status_code == 401
    guarded.label("Show revoked and expired keys").check()
    expect(row).to_contain_text("revoked")


@pytest.mark.slow
def test_a_key_that_cannot_be_made_says_why(guarded: WatchedPage, admin_key: str) -> None:
    guarded.expect_complaint("status of 422")
    guarded.open("/keys")
    sign_in(guarded, admin_key)
    guarded.role("button", "Create key").click()
    expect(guarded.find("new-key [role=alert]").first).to_contain_text("owner")


@pytest.mark.slow
def test_the_pages_with_keys_have_no_serious_fault(
    guarded: WatchedPage, admin_key: str, pictures: Path | None
) -> None:
    guarded.open("/keys")
    expect(guarded.role("heading", "API key")).to_be_visible()
    assert serious_faults(guarded) == []
    sign_in(guarded, admin_key)
    expect(guarded.find("tbody tr")).to_have_count(1)
    look_at_every_size(guarded, pictures, "keys")


def test_where_no_key_is_required_the_page_says_how_one_is_made(page: WatchedPage) -> None:
    page.open("/keys")
    expect(page.find("main")).to_contain_text("Keys are not required yet.")
    expect(page.find("main")).to_contain_text("There is no key yet.")
    expect(page.find("main")).to_contain_text("keys create --owner NAME --scope admin")
    expect(page.role("button", "Create key")).to_have_count(0)


@pytest.mark.slow
def test_keys_that_nobody_is_asked_for_are_said_to_do_nothing(
    page: WatchedPage, database: Database
) -> None:
    make_key(database, owner=OWNER)
    page.open("/keys")
    expect(page.find("tbody tr")).to_have_count(1)
    expect(page.find("main")).to_contain_text("the keys below have no effect")
