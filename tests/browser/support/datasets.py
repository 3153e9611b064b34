"""Data sets for the page to show."""

import io
import re
from collections.abc import Mapping

import httpx
from PIL import Image
from playwright.sync_api import Route

from store.database import Database
from store.settings import Settings
from tests.browser.support.watched_page import WatchedPage
from tests.support.attempts import run_attempt
from tests.support.image_archives import files_of, zip_of

TORN = {"train/cat/torn.png": b"\x89PNG\r\n\x1a\n and no more"}


def send_files(service: httpx.Client, files: Mapping[str, bytes], name: str = "pets") -> None:
    """Send a data set over HTTP; its check waits."""
    service.put(f"/datasets/{name}", content=zip_of(files)).raise_for_status()


def run_check(database: Database, settings: Settings) -> None:
    """Run the check that waits first."""
    run_attempt(database, settings.home)


def list_in_short_pages(page: WatchedPage) -> None:
    """Let the service give two data sets on a page of its list, as it gives 1,000 to the page."""
    listed = re.compile(r"/v1/datasets(\?.*)?$")

    def shorten(route: Route) -> None:
        address = httpx.URL(route.request.url)
        if route.request.method == "GET":
            address = address.copy_set_param("limit", "2")
        route.continue_(url=str(address))

    page.raw.route(listed, shorten)


def files_of_colours(**colours: str) -> dict[str, bytes]:
    """Return images of classes, each in a colour of its own."""
    files = files_of({f"train/{label}": 1 for label in colours})
    for label, colour in colours.items():
        for place in range(4):
            image = io.BytesIO()
            Image.new("RGB", (8 + place, 8 + place), colour).save(image, "PNG")
            files[f"train/{label}/plain {place}.png"] = image.getvalue()
    return files
