"""Evaluations through both kinds of client."""

import io

import pytest
import torch

from cli.client import Client, Conflict, InvalidRequest
from store.database import Database
from store.settings import Settings
from tests.support.evaluation_jobs import CELLS, evaluate


def test_one_is_submitted_listed_and_moved(client: Client) -> None:
    spec = {"dataset": "digits", "preset": "quick", "genotype_document": CELLS}
    evaluation = client.create_evaluation(spec, seed=3, name="mine")
    assert (evaluation.spec.seed, evaluation.progress.epochs) == (3, 10)
    assert evaluation.record.genotype.cells.model_dump(mode="json") == CELLS
    assert [one.id for one in client.list_evaluations(name="mine")] == [evaluation.id]
    assert list(client.list_evaluations(search="srch_0000000000000000000000000v")) == []
    with pytest.raises(Conflict, match="no_result_yet"):
        evaluation.result()
    assert evaluation.pause().status == "paused"
    assert client.cancel_evaluation(evaluation.id).has_ended
    assert [event.type for event in client.list_evaluation_events(evaluation.id)] == [
        "submitted",
        "paused",
        "cancelled",
    ]
    evaluation.delete()
    assert list(client.list_evaluations()) == []


def test_a_plan_counts_its_network(client: Client) -> None:
    planned = client.plan_evaluation(dataset="digits", preset="quick", genotype_document=CELLS)
    assert planned.network is not None
    assert planned.network.parameters > 0
    with pytest.raises(InvalidRequest):
        client.plan_evaluation(dataset="digits")


def test_its_end_has_figures_and_weights(
    client: Client, database: Database, settings: Settings
) -> None:
    evaluation = client.get_evaluation(evaluate(database, settings.home))
    result = evaluation.result()
    assert evaluation.record.result is not None
    assert evaluation.record.result.accuracy == result.accuracy
    assert [epoch.epoch for epoch in evaluation.epochs()] == [1, 2]
    assert [epoch.epoch for epoch in evaluation.epochs(after=1)] == [2]
    weights = torch.load(io.BytesIO(evaluation.model(format="torch")), weights_only=True)
    assert sum(tensor.numel() for tensor in weights.values()) > result.parameters
    published = evaluation.model(format="torch", layout="published")
    assert torch.load(io.BytesIO(published), weights_only=True).keys() != weights.keys()
    assert evaluation.model(format="zip").startswith(b"PK")
