"""A search on images whose labels say nothing, from the folder to what people are told."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

from cli.searches import show
from pdarts_core.config import StageConfig
from store.database import Database
from store.settings import Settings
from tests.browser.support.watched_page import WatchedPage
from tests.support.attempts import run_attempt
from tests.support.images import make_image

IMAGES = 64
CLASSES = 4


@pytest.fixture
def data_dir(settings: Settings) -> Iterator[Path]:
    """A data folder in which `shuffled` has images of noise, whose labels are drawn."""
    folder = settings.home / "data"
    write_images_with_shuffled_labels(folder / "shuffled" / "train")
    yield folder
    shutil.rmtree(folder / "shuffled")


def write_images_with_shuffled_labels(folder: Path) -> None:
    labels = np.random.default_rng(0).permutation(np.arange(IMAGES) % CLASSES)
    for number, label in enumerate(labels):
        place = folder / f"class_{label}"
        place.mkdir(parents=True, exist_ok=True)
        make_image(number).save(place / f"{number:03}.png")


@pytest.mark.slow
def test_page_and_terminal_say_that_nothing_was_found(
    page: WatchedPage,
    service: httpx.Client,
    database: Database,
    settings: Settings,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stage = StageConfig(layers=3, num_to_keep=1, epochs=4, warmup_epochs=0)
    spec = {"dataset": "shuffled", "preset": "quick", "batch_size": 8, "init_channels": 1}
    spec |= {"stages": [vars(stage)], "arch_learning_rate": 0.05, "device": "cpu"}
    search_id = service.post("/searches", json=spec).raise_for_status().json()["id"]
    for _ in ("the folder is checked first", "then the search runs"):
        run_attempt(database, settings.home, data_dir=data_dir)
    assert service.get(f"/searches/{search_id}").json()["signal"]["verdict"] == "none"

    page.open(f"/searches/{search_id}")
    expect(page.find("p.sentence")).to_contain_text("Nothing was found")
    expect(page.find(".signal-note").first).to_contain_text("as good as a random choice")

    monkeypatch.setenv("PDARTS_URL", str(service.base_url))
    show(search_id, as_json=False)
    told = capsys.readouterr().out
    assert "Signal none: nothing was found that stands out from chance." in told
    assert "no better founded than a random one" in told
