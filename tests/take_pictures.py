"""Takes the pictures of the documentation: `python -m tests.take_pictures`, or `make pictures`.

A service is started as a user starts it, and runs a search to its end; then Chromium takes pictures
of its pages, and the service draws what was found. `manifest.json` says from which search they are.
Nothing is replaced unless all of it worked.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page, ViewportSize, expect

from cli.client import Client, Search
from tests.support.chromium import chromium
from tests.support.service import service

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "images"
MANIFEST = "manifest.json"
SPEC: Mapping[str, Any] = MappingProxyType(
    {"dataset": "digits", "preset": "quick", "name": "digits, quick", "seed": 2}
)
_LONGEST_SECONDS = 900.0
_LOOK_SECONDS = 2.0
_PATIENCE = 30_000
_SIZE = ViewportSize(width=1280, height=900)


def take_pictures(spec: Mapping[str, Any], folder: Path) -> None:
    """Run a search of this spec, and put its pictures and the manifest into a folder.

    Raises:
        SystemExit: it did not succeed.
    """
    with tempfile.TemporaryDirectory(prefix="pdarts-pictures-") as place:
        taken = Path(place) / "pictures"
        taken.mkdir()
        # A search as small as these is no faster with more threads.
        with (
            service(Path(place) / "home", OMP_NUM_THREADS="1") as running,
            Client(running.url) as client,
            chromium() as browser,
        ):
            search = client.create_search(spec)
            _wait_for_end(search)
            photograph(browser, running.url, search.id, taken)
            (taken / "genotype.svg").write_text(search.draw())
            manifest = manifest_of(search, taken)
        (taken / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for picture in taken.iterdir():
            shutil.move(picture, folder / picture.name)


def photograph(browser: Browser, url: str, search_id: str, folder: Path) -> None:
    """Take pictures of a search's page and of its genotypes', the second one dark."""
    context = browser.new_context(base_url=url, viewport=_SIZE, locale="en-GB")
    try:
        page = context.new_page()
        page.set_default_timeout(_PATIENCE)
        page.goto(f"/ui/searches/{search_id}")
        expect(page.locator(".heat-map")).to_have_count(2, timeout=_PATIENCE)
        _photograph(page, folder / "search.png", below="alpha-explorer .pair")
        page.emulate_media(color_scheme="dark")
        page.goto(f"/ui/searches/{search_id}/genotypes")
        _photograph(page, folder / "genotypes.png", below="genotype-view")
    finally:
        context.close()


def manifest_of(search: Search, folder: Path) -> dict[str, Any]:
    """Return what the pictures in a folder show."""
    return {
        "search": search.id,
        "spec": search.record.spec.model_dump(mode="json"),
        "version": version("pdarts"),
        "revision": _revision(),
        "date": datetime.now(UTC).date().isoformat(),
        "sha256": {path.name: digest_of(path) for path in sorted(folder.iterdir())},
    }


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _photograph(page: Page, path: Path, *, below: str) -> None:
    """Take a picture of a page from its top to the end of an element, with its drawings."""
    expect(page.locator("cell-drawing img")).to_have_count(2, timeout=_PATIENCE)
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    end = page.locator(below).first.evaluate(
        "element => Math.ceil(element.getBoundingClientRect().bottom + scrollY + 6)"
    )
    whole = FloatRect(x=0, y=0, width=_SIZE["width"], height=end)
    page.screenshot(path=path, full_page=True, clip=whole, animations="disabled")
    # A third of the bytes, and no difference to be seen.
    with Image.open(path) as picture:
        few_colours = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few_colours.save(path, optimize=True)


def _wait_for_end(search: Search) -> None:
    deadline = time.monotonic() + _LONGEST_SECONDS
    while not search.has_ended and time.monotonic() < deadline:
        search.refresh(wait_seconds=_LOOK_SECONDS)
    if search.status != "succeeded":
        raise SystemExit(f"the search is {search.status}: {search.error}\n{search.log()}")


def _revision() -> str:
    words = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    return subprocess.check_output(words, cwd=ROOT, text=True).strip()


if __name__ == "__main__":
    take_pictures(SPEC, PICTURES)
    sys.stdout.write(f"{PICTURES / MANIFEST}\n")
