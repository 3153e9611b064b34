"""Evaluations beside each other: what their figures say, and what they do not."""

from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from store.database import Database
from store.states import JobState
from store.tables import Evaluation, Job
from tests.browser.support.faults import look_at_every_size
from tests.browser.support.watched_page import WatchedPage
from tests.support.evaluation_jobs import queue_evaluation


def figure(value: float, low: float, high: float) -> dict[str, Any]:
    return {"value": value, "images": 360, "low": low, "high": high}


def measured(
    database: Database,
    name: str,
    accuracy: dict[str, Any],
    *,
    source: str = "test",
    digest: str = "a" * 64,
    **spec: Any,
) -> str:
    """Insert an evaluation with a result, and return its id."""
    evaluation_id = queue_evaluation(database, name=name, **spec)
    result = {
        "source": source,
        "accuracy": accuracy,
        "top5": accuracy,
        "loss": figure(1.0, 0.9, 1.1),
        "balanced_accuracy": accuracy,
        "chance_accuracy": 0.1,
        "validation": None,
        "last_epochs": None,
        "best": None,
        "parameters": 1000,
        "multiply_adds": 2000,
        "train_images": 40,
        "seconds": 1.0,
        "images_per_second": 40.0,
    }
    with database.write() as session:
        session.execute(
            update(Evaluation).where(Evaluation.id == evaluation_id).values(result=result)
        )
        session.execute(update(Job).where(Job.id == evaluation_id).values(dataset_digest=digest))
    return evaluation_id


@pytest.fixture
def three(database: Database) -> list[str]:
    """Two that may be as good, and one that is worse."""
    return [
        measured(database, "first", figure(0.80, 0.76, 0.84)),
        measured(database, "second", figure(0.83, 0.79, 0.87), seed=5),
        measured(database, "third", figure(0.50, 0.45, 0.55), learning_rate=0.5),
    ]


def test_what_may_be_chance_is_not_called_a_difference(page: WatchedPage, three: list[str]) -> None:
    page.open(f"/compare-evaluations?ids={','.join(three)}")
    words = page.find(".compared-words")
    expect(words).to_contain_text("B has the highest accuracy, 83.0% of 360 images.")
    expect(words).to_contain_text("overlaps that of A")
    expect(words).to_contain_text("C is clearly worse on these images")
    expect(words).to_contain_text("another seed")
    rows = page.find("table.differences tbody tr")
    expect(rows).to_have_text(["seed050", "learning_rate0.0250.0250.5"])
    look_at_every_size(page, None, "compared evaluations")


@pytest.mark.slow
def test_other_images_are_not_compared(page: WatchedPage, database: Database) -> None:
    ids = [
        measured(database, "one", figure(0.8, 0.7, 0.9)),
        measured(database, "other", {**figure(0.9, 0.85, 0.95), "images": 99}),
    ]
    page.open(f"/compare-evaluations?ids={','.join(ids)}")
    expect(page.find(".compared-words")).to_contain_text("measured on different images (A; B)")
    expect(page.find(".compared-words")).not_to_contain_text("has the highest")


@pytest.mark.slow
def test_a_data_set_that_was_replaced_has_other_images(
    page: WatchedPage, database: Database
) -> None:
    ids = [measured(database, of, figure(0.8, 0.7, 0.9), digest=of * 64) for of in "ab"]
    page.open(f"/compare-evaluations?ids={','.join(ids)}")
    expect(page.find(".compared-words")).to_contain_text("They were measured on different images")
    differences = page.find("table.differences tbody tr")
    expect(differences).to_have_text([f"images (digest){'a' * 12}{'b' * 12}"])


@pytest.mark.slow
@pytest.mark.parametrize(("source", "are_compared"), [("test", True), ("validation", False)])
def test_held_out_images_are_others_with_another_seed(
    page: WatchedPage, database: Database, source: str, *, are_compared: bool
) -> None:
    accuracy = figure(0.8, 0.7, 0.9)
    ids = [measured(database, "one", accuracy, source=source, seed=seed) for seed in (1, 2)]
    page.open(f"/compare-evaluations?ids={','.join(ids)}")
    words = "has the highest accuracy" if are_compared else "measured on different images (A; B)"
    expect(page.find(".compared-words")).to_contain_text(words)


@pytest.mark.slow
def test_nothing_is_promised_of_evaluations_that_failed(
    page: WatchedPage, database: Database
) -> None:
    ids = [queue_evaluation(database, seed=seed) for seed in (1, 2)]
    page.open(f"/compare-evaluations?ids={','.join(ids)}")
    expect(page.find(".compared-words")).to_contain_text("nothing to compare yet.")
    with database.write() as session:
        session.execute(update(Job).where(Job.id.in_(ids)).values(state=JobState.FAILED))
    page.open(f"/compare-evaluations?ids={','.join(ids)}")
    expect(page.find(".compared-words")).to_contain_text("there is nothing to compare.")


def test_marked_evaluations_are_compared(page: WatchedPage, three: list[str]) -> None:
    page.open("/evaluations")
    page.role("checkbox", "Compare first").check()
    page.role("checkbox", "Compare third").check()
    page.role("button", "Compare 2").click()
    expect(page.role("heading", "Compare evaluations")).to_be_visible()
    expect(page.find("table.stacked tbody tr")).to_have_count(2)
    assert len(three) == 3
