"""A search on images whose labels say nothing, from the folder to what people are told."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from cli.jobs import show
from pdarts_core.config import StageConfig
from pdarts_core.signal.verdict import least_images
from pdarts_core.signal.words import ADVICE, FINDINGS
from pdarts_core.space.cells import CELL_KINDS, EDGES
from pdarts_core.space.operations import OPERATIONS
from store.database import Database
from store.kinds import SEARCH
from store.settings import Settings
from tests.browser.support.watched_page import WatchedPage
from tests.support.attempts import run_attempt
from worker.datasets.planted import REPEATED, far_repeats

IMAGES = 480
FREE_ALPHAS = len(CELL_KINDS) * len(EDGES) * (len(OPERATIONS) - 1)


@pytest.fixture
def data_dir(settings: Settings) -> Iterator[Path]:
    """A data folder in which `shuffled` has planted images, their labels dealt out anew."""
    folder = settings.home / "data"
    write_images_with_shuffled_labels(folder / "shuffled" / "train")
    yield folder
    shutil.rmtree(folder / "shuffled")


def write_images_with_shuffled_labels(folder: Path) -> None:
    made = far_repeats(IMAGES, seed=0)
    dealt = np.random.default_rng(0).permutation(made.labels)
    for number, (image, label) in enumerate(zip(made.images, dealt, strict=True)):
        place = folder / made.class_names[label]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image.transpose(1, 2, 0)).save(place / f"{number:03}.png")


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
    assert 3 * least_images(len(REPEATED), FREE_ALPHAS) < IMAGES // 2, "else size alone decides"
    stages = [
        StageConfig(layers=3, num_to_keep=2, epochs=4, warmup_epochs=1),
        StageConfig(layers=3, num_to_keep=1, epochs=14, warmup_epochs=4),
    ]
    spec = {"dataset": "shuffled", "preset": "planted", "batch_size": 30, "init_channels": 2}
    spec |= {"stages": [vars(stage) for stage in stages], "device": "cpu"}
    search_id = service.post("/searches", json=spec).raise_for_status().json()["id"]
    for _ in ("the folder is checked first", "then the search runs"):
        run_attempt(database, settings.home, data_dir=data_dir)
    search = service.get(f"/searches/{search_id}").json()
    assert "signal_out_of_reach" not in {warning["code"] for warning in search["warnings"]}
    assert search["signal"]["verdict"] == "none"
    reason = search["signal"]["reason"]
    # With the true labels, the second stage's network is right on 44 %, and beats both.
    assert "no better than guessing" in reason or "fitted to noise could reach as much" in reason

    page.open(f"/searches/{search_id}")
    expect(page.find("p.sentence")).to_contain_text(FINDINGS["none"])
    expect(page.find(".signal-note").first).to_contain_text(f"{reason} {ADVICE['none']}")

    monkeypatch.setenv("PDARTS_URL", str(service.base_url))
    show(SEARCH, search_id, as_json=False)
    told = capsys.readouterr().out
    assert all(words in told for words in (f"{FINDINGS['none']}.", reason, ADVICE["none"]))
