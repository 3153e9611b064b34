"""What a model card says, and what it must not leave out."""

from typing import Any

import pytest

from api.services.model_card import CardFacts, write_card
from pdarts_core.forms.description import ModelDescription
from pdarts_core.genotype import from_dict
from store.model_files import Which
from store.tables import Evaluation, Job
from tests.support.evaluation_jobs import CELLS, SMALL, make_evaluation_spec


def figure(value: float, images: int, low: float, high: float) -> dict[str, Any]:
    return {"value": value, "images": images, "low": low, "high": high}


def measured(accuracy: dict[str, Any], chance: float = 0.5) -> dict[str, Any]:
    loss = accuracy | {"value": 0.3}
    others = {"top5": accuracy, "balanced_accuracy": accuracy, "loss": loss}
    return {"accuracy": accuracy, "chance_accuracy": chance} | others


GOOD = figure(0.9, 2000, 0.88, 0.92)
SIGNAL = {"verdict": "none", "reason": "The alphas hardly moved."}


def card(
    *,
    accuracy: dict[str, Any] = GOOD,
    source: str = "test",
    best: int | None = None,
    which: Which = "last",
    search: str | None = None,
    signal: dict[str, Any] | None = None,
    has_search: bool = True,
    **spec: Any,
) -> str:
    held_out = figure(0.8, 50, 0.67, 0.89)
    result = measured(accuracy) | {
        "source": source,
        "validation": measured(held_out) if best else None,
        "last_epochs": None,
        "best": best and {"epoch": best, "accuracy": held_out},
        "parameters": 2092,
        "multiply_adds": 38464,
        "train_images": 150,
        "seconds": 7.0,
        "images_per_second": 100.0,
    }
    classes = [
        {"name": name, "images": 1000, "hits": 900, "predictions": 1000, "accuracy": accuracy}
        for name in ("cat", "dog|<b>")
    ]
    job = Job(
        id="eval_1",
        name=None,
        dataset="pets",
        spec=make_evaluation_spec(**spec),
        spec_sha256="0" * 64,
    )
    evaluation = Evaluation(
        id="eval_1",
        job=job,
        genotype=CELLS,
        search_id=search,
        result=result,
        details={"classes": classes, "confusion": [[900, 100], [100, 900]]},
    )
    model = ModelDescription(
        genotype=from_dict(CELLS),
        recipe=SMALL,
        class_names=("cat", "dog|<b>"),
        mean=(0.5, 0.5, 0.5),
        std=(0.2, 0.2, 0.2),
        height=8,
        width=8,
    )
    return write_card(
        CardFacts(
            evaluation=evaluation,
            which=which,
            model=model,
            images=200,
            images_sha256=None,
            has_onnx=True,
            has_search=has_search,
            signal=signal,
            version="1.0",
        )
    )


def test_a_network_at_chance_says_so_before_anything_else() -> None:
    title, verdict, *_ = card(accuracy=figure(0.55, 40, 0.4, 0.69)).split("\n\n")
    assert title == "# A network"
    assert verdict.startswith("> **No better than guessing.** 55.0% of 40 test images right")
    assert "would give 50.0%" in verdict
    assert "No better than guessing" not in card()


def test_figures_come_with_images_interval_and_chance() -> None:
    told = card()
    assert "**90.0% of 2,000 test images right, 95% interval 88.0% to 92.0%" in told
    assert "| Accuracy | 90.0% | 88.0% to 92.0% | 2,000 |" in told
    assert "may well be anything" not in told


def test_held_out_images_are_not_called_a_test() -> None:
    told = card(source="validation", best=1)
    assert "2,000 held-out images right" in told
    assert "**The data set has no test images.**" in told
    assert "used once" not in told


def test_the_best_epochs_weights_do_not_take_credit_for_the_last_ones_test() -> None:
    told = card(which="best", best=1)
    assert "**These weights have not been tested.**" in told
    assert "80.0% of 50 held-out images right" in told
    assert "90.0%" not in told


def test_where_the_best_epoch_was_the_last_it_was_tested() -> None:
    told = card(which="best", best=SMALL.epochs)
    assert "90.0% of 2,000 test images right" in told
    assert "have not been tested" not in told


@pytest.mark.parametrize(
    ("search", "signal", "sentence"),
    [
        ("srch_1", SIGNAL, "**The search that found its cells found nothing** (signal: none)"),
        ("srch_1", SIGNAL | {"verdict": "weak"}, "found hardly more than chance (signal: weak)"),
        ("srch_1", SIGNAL | {"verdict": "clear"}, "does not say that its cells are better"),
        ("srch_1", None, "more than chance was not measured"),
        (None, None, "how they were found is not known"),
    ],
)
def test_it_tells_whether_the_search_found_anything(
    search: str | None, signal: dict[str, Any] | None, sentence: str
) -> None:
    assert sentence in card(search=search, signal=signal)


def test_a_search_that_was_deleted_is_not_judged() -> None:
    assert "has been deleted" in card(search="srch_1", has_search=False)


def test_given_weights_are_told() -> None:
    told = card(weights="wts_1")
    assert "trained from given weights" in told
    assert "If the test images were among them, the figures mean nothing." in told
    assert "| Begins with the weights | wts_1 |" in told


def test_names_cannot_break_its_tables() -> None:
    assert "| dog\\|\\<b\\> | 1,000 |" in card()
