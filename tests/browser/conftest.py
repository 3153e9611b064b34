"""A real Chromium, a running service, and a page that must behave."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page

from store.database import Database
from store.settings import Settings
from tests.browser.support.watched_page import WatchedPage, open_tab, watched
from tests.support.chromium import NoChromium, chromium
from tests.support.databases import delete_all_rows, sqlite_database
from tests.support.http_service import serve
from tests.support.servers import RedisServer


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as browser:
            yield browser
    except NoChromium as error:
        pytest.fail(f"the page was not tested: {error}")


@pytest.fixture(scope="package")
def settings(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, redis_server: RedisServer
) -> Iterator[Settings]:
    home = tmp_path_factory.mktemp("service")
    with sqlite_database(sqlite_template, home) as url:
        yield Settings(home=home, database_url=url, redis_url=redis_server.url)


@pytest.fixture(scope="package")
def service(settings: Settings) -> Iterator[httpx.Client]:
    with serve(settings) as client:
        yield client


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The database of the service, which all tests share, without what earlier tests wrote."""
    database = Database(settings.database_url)
    delete_all_rows(database)
    yield database
    database.close()


@pytest.fixture
def pictures() -> Path | None:
    """Where pictures of pages go: `SCREENSHOTS=folder` takes them, to be looked at."""
    if "SCREENSHOTS" not in os.environ:
        return None
    folder = Path(os.environ["SCREENSHOTS"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="package")
def tab(browser: Browser, service: httpx.Client) -> Iterator[Page]:
    """One tab for most tests: a new one takes Chromium five times as long as a page."""
    tab = open_tab(browser, str(service.base_url))
    yield tab
    tab.context.close()


@pytest.fixture
def page(tab: Page, service: httpx.Client, database: Database) -> Iterator[WatchedPage]:
    """A page of a service that knows no searches."""
    with watched(tab, str(service.base_url)) as page:
        yield page


@pytest.fixture
def page_in_new_tab(
    browser: Browser, service: httpx.Client, database: Database
) -> Iterator[WatchedPage]:
    """A page for a test that changes its tab for good: the clock."""
    tab = open_tab(browser, str(service.base_url))
    with watched(tab, str(service.base_url)) as page:
        yield page
    tab.context.close()
