"""The page while the service restarts, or nobody looks."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from store.database import Database
from store.settings import Settings
from tests.browser.support.searches import queued_search, running_search
from tests.browser.support.watched_page import WatchedPage, open_tab
from tests.support.flaky import Scripted, ScriptedServer, scripted
from tests.support.http_service import serve

AGE = "data-age"


@pytest.fixture
def broken_service() -> Iterator[ScriptedServer]:
    """Closes the connection in the middle of an answer."""
    headers = {"Content-Type": "application/json", "Content-Length": "1000"}
    with scripted(Scripted(headers=headers, body='{"data": [')) as server:
        yield server


def test_the_page_recovers_from_a_restart(
    browser: Browser, settings: Settings, database: Database
) -> None:
    search_id = running_search(database)
    with serve(settings) as client:
        port = client.base_url.port
        assert port is not None
        page = WatchedPage(open_tab(browser, str(client.base_url)), str(client.base_url))
        page.open(f"/searches/{search_id}")
        expect(page.find(AGE)).to_have_text("Live")
    expect(page.find(AGE)).to_have_text(re.compile(r"Reconnecting · data \d+ s old"))
    expect(page.find("p.sentence")).to_contain_text("Stage 2 of 3")
    with serve(settings, port=port) as client:
        client.post(f"/searches/{search_id}/cancel").raise_for_status()
        expect(page.find(".badge").first).to_have_text("cancelling")
        expect(page.find(AGE)).to_have_text("Live")
        page.raw.context.close()
    page.expect_complaint("net::ERR_")
    assert page.unexpected_complaints() == []


@pytest.mark.slow
def test_a_list_that_breaks_off_is_asked_for_again(
    page: WatchedPage, database: Database, broken_service: ScriptedServer
) -> None:
    page.expect_complaint("ERR_CONTENT_LENGTH_MISMATCH")
    queued_search(database, "read at last")
    answer_once_with(page, "**/v1/searches?*", broken_service)
    page.open("")
    expect(page.find("table.searches")).to_contain_text("read at last")
    assert len(broken_service.received) == 1


@pytest.mark.slow
def test_a_search_that_breaks_off_is_asked_for_again(
    page: WatchedPage, database: Database, broken_service: ScriptedServer
) -> None:
    page.expect_complaint("ERR_CONTENT_LENGTH_MISMATCH")
    search_id = queued_search(database, "read at last")
    answer_once_with(page, f"**/v1/searches/{search_id}", broken_service)
    page.open(f"/searches/{search_id}")
    expect(page.role("heading", "read at last")).to_be_visible()
    assert len(broken_service.received) == 1


def test_a_hidden_tab_rests(page: WatchedPage, database: Database) -> None:
    queued_search(database, "seen")
    page.open("")
    expect(page.find("table.searches")).to_contain_text("seen")
    hide(page, hidden=True)
    expect(page.find(AGE)).to_contain_text("Paused")
    queued_search(database, "not looked at")
    asked: list[str] = []
    page.raw.on("request", lambda request: asked.append(request.url))
    page.raw.wait_for_timeout(3_500)
    assert asked == []
    hide(page, hidden=False)
    expect(page.find("table.searches")).to_contain_text("not looked at")


@pytest.mark.parametrize(
    "path", ["/searches/srch_nothing", "/?status=nonsense", "/new?like=srch_nothing"]
)
@pytest.mark.sampled
def test_a_refused_page_waits_for_nothing(page: WatchedPage, path: str) -> None:
    page.expect_complaint("Failed to load resource")
    page.open(path)
    expect(page.find("main [role=alert]")).to_be_visible()
    expect(page.find(AGE)).to_have_text("Up to date")


@pytest.mark.slow
def test_the_form_comes_when_the_service_does(page: WatchedPage) -> None:
    page.expect_complaint("net::ERR_FAILED")
    page.raw.route("**/v1/presets", lambda route: route.abort(), times=1)
    page.open("/new")
    expect(page.role("button", "Start search")).to_be_visible()
    expect(page.find(AGE)).to_have_text("Up to date")


def answer_once_with(page: WatchedPage, address: str, server: ScriptedServer) -> None:
    page.raw.route(address, lambda route: route.continue_(url=server.url), times=1)


def hide(page: WatchedPage, *, hidden: bool) -> None:
    value = "true" if hidden else "false"
    page.raw.evaluate(
        f"""Object.defineProperty(document, "hidden", {{value: {value}, configurable: true}});
        document.dispatchEvent(new Event("visibilitychange"));"""
    )
