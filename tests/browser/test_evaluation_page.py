"""The page of one evaluation."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from store.database import Database
from store.settings import Settings
from store.tables import Evaluation
from tests.browser.support.faults import look_at_every_size
from tests.browser.support.watched_page import WatchedPage
from tests.support.evaluation_jobs import CELLS, evaluate, queue_evaluation


@pytest.fixture
def evaluation_id(database: Database, settings: Settings) -> str:
    return evaluate(database, settings.home, name="trained")


def result_of(service: httpx.Client, evaluation_id: str) -> dict[str, Any]:
    result: dict[str, Any] = service.get(f"/evaluations/{evaluation_id}/result").json()
    return result


def test_its_figures_say_what_they_rest_on(
    page: WatchedPage, service: httpx.Client, evaluation_id: str
) -> None:
    page.open(f"/evaluations/{evaluation_id}")
    expect(page.find("h1 + .badge")).to_have_text("succeeded")
    accuracy = result_of(service, evaluation_id)["accuracy"]
    figure = page.find("key-figures .figure[data-key='Accuracy']")
    expect(figure).to_contain_text(f"{accuracy['value'] * 100:.1f}%")
    expect(figure).to_contain_text("on 360 test images; chance 10")
    expect(page.find("evaluation-result")).to_contain_text("test images that took no part in it")
    expect(page.find("epoch-curves .legend").first).to_have_text("trainingheld out")


@pytest.mark.slow
def test_it_has_no_serious_fault_on_any_screen(
    page: WatchedPage, pictures: Path | None, evaluation_id: str
) -> None:
    page.open(f"/evaluations/{evaluation_id}")
    expect(page.find("table.confusion")).to_be_visible()
    look_at_every_size(page, pictures, "evaluation")


@pytest.mark.slow
def test_the_confusion_matrix_and_each_class_are_shown(
    page: WatchedPage, service: httpx.Client, evaluation_id: str
) -> None:
    page.open(f"/evaluations/{evaluation_id}")
    result = result_of(service, evaluation_id)
    expect(page.find("table.classes tbody tr")).to_have_count(10)
    shown = page.find("table.confusion tbody td")
    expect(shown).to_have_text([str(number) for row in result["confusion"] for number in row])


@pytest.mark.slow
def test_every_file_of_the_network_can_be_taken_home(
    page: WatchedPage, service: httpx.Client, evaluation_id: str
) -> None:
    page.open(f"/evaluations/{evaluation_id}")
    buttons = page.find(".downloads button")
    formats = ("zip", "safetensors", "torch", "onnx", "python")
    asked = [{"format": form, "which": which} for which in ("last", "best") for form in formats]
    expect(buttons).to_have_count(len(asked))
    for place, params in enumerate(asked):
        with page.raw.expect_download() as download:
            buttons.nth(place).click()
        sent = service.get(f"/evaluations/{evaluation_id}/model", params=params).content
        assert download.value.path().read_bytes() == sent


def test_what_is_no_better_than_guessing_does_not_look_good(
    page: WatchedPage, database: Database, service: httpx.Client, evaluation_id: str
) -> None:
    result = service.get(f"/evaluations/{evaluation_id}").json()["result"]
    result["accuracy"] = {"value": 0.12, "images": 360, "low": 0.09, "high": 0.16}
    with database.write() as session:
        chosen = update(Evaluation).where(Evaluation.id == evaluation_id)
        session.execute(chosen.values(result=result))
    page.open(f"/evaluations/{evaluation_id}")
    figure = page.find("key-figures .figure[data-key='Accuracy']")
    expect(figure).to_have_attribute("data-mood", "warn")
    expect(figure).to_contain_text("no better than guessing")
    expect(page.find("p.sentence")).to_contain_text("No better than guessing: 12.0%")


@pytest.mark.slow
def test_what_speaks_against_it_is_shown(page: WatchedPage, service: httpx.Client) -> None:
    spec = {"dataset": "digits", "preset": "quick", "genotype_document": CELLS, "max_images": 40}
    page.open(f"/evaluations/{service.post('/evaluations', json=spec).json()['id']}")
    expect(page.role("region", "Warnings")).to_contain_text("each epoch is a single step")


def test_one_that_waits_is_paused_resumed_and_cancelled(
    page: WatchedPage, database: Database
) -> None:
    page.open(f"/evaluations/{queue_evaluation(database)}")
    badge = page.find("h1 + .badge")
    for move, status in (("Pause", "paused"), ("Resume", "queued")):
        page.role("button", move).click()
        expect(badge).to_have_text(status)
    page.role("button", "Cancel").click()
    page.role("button", "Cancel evaluation").click()
    expect(badge).to_have_text("cancelled")
    expect(page.role("button", "Delete")).to_be_visible()


@pytest.mark.slow
def test_all_evaluations_are_listed_with_what_they_found(
    page: WatchedPage, database: Database, pictures: Path | None, evaluation_id: str
) -> None:
    queue_evaluation(database, name="to come")
    page.open("")
    page.find("nav").get_by_role("link", name="Evaluations").click()
    rows = page.find("table.evaluations tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("waiting for a worker")
    look_at_every_size(page, pictures, "evaluations")
    page.label("Name").fill("train")
    expect(rows).to_have_count(1)
    page.role("link", "trained").click()
    expect(page.role("heading", "trained")).to_be_visible()
    assert page.raw.url.endswith(evaluation_id)


def test_its_surest_mistakes_are_pictures_with_words(
    page: WatchedPage, service: httpx.Client, evaluation_id: str
) -> None:
    page.open(f"/evaluations/{evaluation_id}")
    wrong = result_of(service, evaluation_id)["wrong"]
    figures = page.find("wrong-images figure")
    expect(figures).to_have_count(len(wrong))
    expect(figures.first).to_contain_text(f"taken for {wrong[0]['taken_for']}")
    expect(figures.first.locator("img")).to_have_js_property("naturalWidth", 6 * 96)
