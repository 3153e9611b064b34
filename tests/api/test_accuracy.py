"""The accuracy of a search's end, and what it rests on."""

from typing import Any

import httpx
import pytest

from store.database import Database
from tests.api.calls import submit
from tests.api.work import make_epoch, make_stage

COUNTS = {"images": [16, 4], "hits": [14, 1], "predictions": [17, 3]}


def accuracy(client: httpx.Client, database: Database, *epochs: dict[str, Any]) -> Any:
    """Return the accuracy of a search with these epochs, which a list tells as well."""
    search_id = submit(client)
    with database.write() as session:
        session.add_all(make_stage(search_id, stage) for stage in (1, 2))
        session.add_all(make_epoch(search_id, **epoch) for epoch in epochs)
    told = client.get(f"/searches/{search_id}").json()
    assert client.get("/searches").json()["data"] == [told]
    return told["accuracy"]


def test_before_anything_was_measured_there_is_none(
    client: httpx.Client, database: Database
) -> None:
    assert accuracy(client, database, {"stage": 1, "epoch": 1}) is None


def test_it_is_the_newest_not_the_best(client: httpx.Client, database: Database) -> None:
    told = accuracy(
        client,
        database,
        {"stage": 1, "epoch": 9, "valid_accuracy": 0.95},
        {"stage": 2, "epoch": 1, "valid_accuracy": 0.75, "valid_classes": COUNTS},
        {"stage": 2, "epoch": 2},
    )
    assert (told["value"], told["stage"], told["epoch"]) == (0.75, 2, 1)


def test_it_says_how_many_images_it_rests_on_and_how_the_classes_did(
    client: httpx.Client, database: Database
) -> None:
    told = accuracy(
        client,
        database,
        {"stage": 1, "epoch": 1, "valid_accuracy": 0.75, "valid_classes": COUNTS},
    )
    assert (told["images"], told["chance"], told["balanced"]) == (20, 0.8, 0.5625)
    assert (told["low"], told["high"]) == pytest.approx((0.531299, 0.888138), abs=1e-5)
    assert told["classes"] == [
        {"label": 0, "images": 16, "hits": 14, "accuracy": 0.875},
        {"label": 1, "images": 4, "hits": 1, "accuracy": 0.25},
    ]


def test_classes_of_one_size_are_not_told_apart(client: httpx.Client, database: Database) -> None:
    even = {"images": [10, 10], "hits": [9, 6], "predictions": [13, 7]}
    epoch = {"stage": 1, "epoch": 1, "valid_accuracy": 0.75, "valid_classes": even}
    assert accuracy(client, database, epoch)["classes"] is None


def test_an_epoch_from_before_there_were_counts_has_its_value_alone(
    client: httpx.Client, database: Database
) -> None:
    told = accuracy(client, database, {"stage": 1, "epoch": 1, "valid_accuracy": 0.5})
    assert told.pop("value") == 0.5
    assert (told.pop("stage"), told.pop("epoch")) == (1, 1)
    assert set(told.values()) == {None}
