"""The browser of this machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


class NoChromium(Exception):
    """There is none here."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium for the block. Raises NoChromium."""
    found = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if found is None:
        raise NoChromium(
            "there is no Chromium here; `apt-get install chromium` as root, or run `make test` as "
            "root, which installs it"
        )
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()
