"""The pictures of the documentation can be taken."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from store.database import Database
from tests.browser.support.searches import finished_search
from tests.take_pictures import photograph

_PNG = b"\x89PNG"


@pytest.mark.slow
def test_pictures_are_taken_of_a_search_that_has_ended(
    browser: Browser, service: httpx.Client, database: Database, tmp_path: Path
) -> None:
    photograph(browser, str(service.base_url), finished_search(database), tmp_path)
    taken = sorted(tmp_path.iterdir())
    assert [path.name for path in taken] == ["genotypes.png", "search.png"]
    assert all(path.read_bytes().startswith(_PNG) for path in taken)
