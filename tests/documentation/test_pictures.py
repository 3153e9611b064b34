"""The documentation's pictures are of a real search, which `make pictures` ran."""

import json
import re
from typing import Any

import pytest

from pdarts_core.config import PRESETS, SearchConfig
from store.ids import IdKind
from store.job_spec import JobSpec
from tests.documentation.snippets import PAGES, ROOT
from tests.take_pictures import MANIFEST, PICTURES, digest_of

_LINK = re.compile(r"!\[[^\]]*\]\(([^)\s]+)")


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((PICTURES / MANIFEST).read_text())
    return manifest


def test_every_picture_is_as_it_was_taken(manifest: dict[str, Any]) -> None:
    kinds = {".png", ".svg", ".jpg", ".jpeg", ".gif", ".webp"}
    there = [path for path in (ROOT / "docs").rglob("*") if path.suffix in kinds]
    assert {path.parent for path in there} == {PICTURES}
    assert {path.name: digest_of(path) for path in there} == manifest["sha256"]


def test_every_page_shows_these_alone(manifest: dict[str, Any]) -> None:
    shown = [
        (page.parent / link).resolve() for page in PAGES for link in _LINK.findall(page.read_text())
    ]
    assert shown
    assert {(path.parent, path.name) for path in shown} <= {
        (PICTURES, name) for name in manifest["sha256"]
    }


def test_the_search_that_they_show_can_be_run_again(manifest: dict[str, Any]) -> None:
    assert re.fullmatch(rf"{IdKind.SEARCH}_[0-9a-v]{{26}}", manifest["search"])
    spec = JobSpec.from_document(SearchConfig, manifest["spec"])
    assert spec.to_document() == manifest["spec"]
    assert spec.preset in PRESETS
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", manifest["date"])
    assert re.fullmatch(r"[0-9a-f]{12,40}", manifest["revision"]), "not of a committed tree"
