"""Data sets for the page to show."""

import io
from collections.abc import Mapping

import httpx
from PIL import Image

from store.database import Database
from store.settings import Settings
from tests.support.attempts import run_attempt
from tests.support.image_archives import files_of, zip_of

TORN = {"train/cat/torn.png": b"\x89PNG\r\n\x1a\n and no more"}


def send_files(service: httpx.Client, files: Mapping[str, bytes], name: str = "pets") -> None:
    """Send a data set over HTTP; its check waits."""
    service.put(f"/datasets/{name}", content=zip_of(files)).raise_for_status()


def run_check(database: Database, settings: Settings) -> None:
    """Run the check that waits first."""
    run_attempt(database, settings.home)


def files_of_colours(**colours: str) -> dict[str, bytes]:
    """Return images of classes, each in a colour of its own."""
    files = files_of({f"train/{label}": 1 for label in colours})
    for label, colour in colours.items():
        for place in range(4):
            image = io.BytesIO()
            Image.new("RGB", (8 + place, 8 + place), colour).save(image, "PNG")
            files[f"train/{label}/plain {place}.png"] = image.getvalue()
    return files
