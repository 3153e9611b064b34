"""Searches beside each other: their curves."""

import re

import pytest
from playwright.sync_api import Locator, expect

from store.database import Database
from tests.browser.support.searches import finished_search
from tests.browser.support.watched_page import WatchedPage


@pytest.fixture
def accuracy(page: WatchedPage, database: Database) -> Locator:
    """The chart of two compared searches' accuracy."""
    ids = [finished_search(database, seed=seed) for seed in (1, 2)]
    page.open(f"/compare?ids={','.join(ids)}")
    chart = page.find("line-chart", text="Accuracy")
    expect(chart.locator("path.line")).to_have_count(2)
    return chart


def read_at(chart: Locator, key: str) -> str:
    """Return what is read off a chart after a key was pressed."""
    chart.locator(".plot").press(key)
    readout = chart.locator(".readout")
    expect(readout).to_contain_text("epoch")
    return readout.inner_text()


@pytest.mark.slow
def test_the_second_half_is_shown_first_and_the_training_half_where_asked_for(
    page: WatchedPage, accuracy: Locator
) -> None:
    expect(accuracy.locator("h3")).to_have_text("Accuracy on the second half")
    before = read_at(accuracy, "ArrowLeft")
    page.role("button", "Training half").click()
    expect(accuracy.locator("h3")).to_have_text("Accuracy on the training half")
    assert read_at(accuracy, "ArrowLeft") != before


@pytest.mark.slow
def test_curves_are_smoothed(page: WatchedPage, accuracy: Locator) -> None:
    line = accuracy.locator("path.line").first
    before = line.get_attribute("d")
    page.label("Smoothing").fill("80")
    expect(accuracy.locator("h3")).to_have_text("Accuracy on the second half, smoothed")
    assert line.get_attribute("d") != before
    page.label("Smoothing").fill("0")
    expect(line).to_have_attribute("d", before or "")


def test_curves_are_zoomed_to_some_epochs(page: WatchedPage, accuracy: Locator) -> None:
    page.label("From epoch").fill("5")
    page.label("to").fill("8")
    accuracy.locator("summary").click()
    epochs = accuracy.locator("tbody th")
    expect(epochs).to_have_text([f"epoch {number}" for number in (5, 6, 7, 8)])
    ticks = accuracy.locator("svg text.tick[text-anchor=middle]")
    expect(ticks.first).to_have_text(re.compile("5"))
    page.role("button", "All epochs").click()
    expect(epochs).to_have_count(12)
