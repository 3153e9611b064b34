"""A search from the form to its genotypes, and one of them trained, by a real worker."""

import re
import zipfile

import pytest
from playwright.sync_api import expect

from store.settings import Settings
from tests.browser.support.watched_page import WatchedPage
from tests.support.processes import WorkerProcess, running

TINY = {"layers": "3", "warmup epochs": "0", "epochs": "1"}
"""In an order in which the form is never wrong between two of them: it is checked meanwhile."""
PATIENCE = 120_000


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_search_is_made_and_watched_to_its_end(page: WatchedPage, settings: Settings) -> None:
    worker = WorkerProcess(
        settings.home, database_url=settings.database_url, redis_url=settings.redis_url
    )
    with running(worker):
        fill_in_form(page)
        page.role("button", "Start search").click()
        expect(page.role("heading", "watched")).to_be_visible()
        badge = page.find("h1 + .badge")
        expect(badge).to_have_text("running", timeout=PATIENCE)
        expect(page.find(".line").first).to_be_attached(timeout=PATIENCE)
        expect(badge).to_have_text("succeeded", timeout=PATIENCE)
        expect(page.find("p.sentence")).to_contain_text(
            re.compile("Finished after .* skip-connect")
        )
        expect(page.find("cell-drawing img")).to_have_count(2)
        page.find("a", text=re.compile("All .* genotypes|See the genotype")).click()
        expect(page.role("button", "Download SVG")).to_be_visible()
        train(page)
        expect(badge).to_have_text("succeeded", timeout=PATIENCE)
    expect(page.find("p.sentence")).to_contain_text(re.compile("% of 360 test images right"))
    with page.raw.expect_download() as download:
        page.find(".downloads button").first.click()
    assert download.value.suggested_filename.endswith("-last.zip")
    with zipfile.ZipFile(download.value.path()) as archive:
        assert any(name.endswith("/model.onnx") for name in archive.namelist())


def fill_in_form(page: WatchedPage) -> None:
    page.open("/new?preset=quick&dataset=digits")
    page.find("summary", text="Stages and other settings").click()
    page.label("name").fill("watched")
    page.label("batch size").fill("10")
    page.label("max images").fill("80")
    page.label("init channels").fill("1")
    for stage in (1, 2, 3):
        for field, value in TINY.items():
            page.label(f"{field} of stage {stage}").fill(value)
    expect(page.find("output.plan")).to_contain_text("3 stages, 3 epochs")


def train(page: WatchedPage) -> None:
    page.find("summary", text="Data set, epochs and other settings").click()
    page.label("epochs").fill("1")
    page.find("summary", text="All other settings").click()
    page.label("max images").fill("80")
    expect(page.find("train-form .plan")).to_contain_text("digits, preset quick, 1 epoch")
    page.role("button", "Train it").click()
    expect(page.role("heading", "digits, quick, seed 0")).to_be_visible()
