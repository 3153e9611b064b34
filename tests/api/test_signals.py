"""Whether a search found anything, wherever its answers tell."""

from typing import Any

import httpx
import pytest

from pdarts_core.config import PRESETS
from store.database import Database
from tests.api.calls import submit
from tests.support.played_search import play_search

MEMBERS = ["verdict", "decided", "undecided", "reason", "gain", "agreement"]


@pytest.fixture
def search_id(database: Database) -> str:
    """A search that has come to its end."""
    with database.write() as session:
        return play_search(session, PRESETS["quick"])


@pytest.fixture
def path(search_id: str) -> str:
    return f"/searches/{search_id}"


@pytest.fixture
def signal(client: httpx.Client, path: str) -> dict[str, Any]:
    told: dict[str, Any] = client.get(path).json()["signal"]
    return told


def test_a_search_tells_it_at_its_end(signal: dict[str, Any]) -> None:
    assert list(signal) == MEMBERS
    assert signal["verdict"] == "clear"
    assert "standard errors" in signal["reason"]


def test_a_search_that_goes_on_has_none(client: httpx.Client, database: Database) -> None:
    assert client.get(f"/searches/{submit(client)}").json()["signal"] is None
    with database.write() as session:
        running = play_search(session, PRESETS["quick"], until=(2, 1))
    assert client.get(f"/searches/{running}").json()["signal"] is None
    first, second = client.get(f"/searches/{running}/stages").json()["data"]
    assert first["signal"]["verdict"] == "clear"
    assert second["signal"] is None


@pytest.mark.parametrize("what", ["stages", "pruning"])
def test_each_stage_tells_its_own(client: httpx.Client, path: str, what: str) -> None:
    answer = client.get(f"{path}/{what}").json()
    stages = answer["data"] if what == "stages" else answer["stages"]
    assert [list(stage["signal"]) for stage in stages] == [MEMBERS] * 3


def test_events_carry_it_with_its_reason(
    client: httpx.Client, path: str, signal: dict[str, Any]
) -> None:
    events = client.get(f"{path}/events").json()["data"]
    told = [event for event in events if "signal" in event["data"]]
    assert [event["type"] for event in told] == [
        *["operations_pruned"] * 3,
        "genotypes_derived",
        "succeeded",
    ]
    assert all(event["data"]["signal"] == signal for event in told[-2:])
    assert all(event["message"].endswith(event["data"]["signal"]["reason"]) for event in told)
    assert all("Signal clear: " in event["message"] for event in told)


def test_genotypes_carry_it_wherever_they_go(
    client: httpx.Client, path: str, signal: dict[str, Any]
) -> None:
    document = client.get(f"{path}/genotype").json()
    derived = client.post(f"{path}/derive", json={"max_skip_connects_reduce": 0}).json()
    listed = client.get("/genotypes").json()["data"]
    found = [document, derived, *listed, client.get(f"/genotypes/{document['id']}").json()]
    assert all(one["provenance"]["signal"] == signal for one in found)


@pytest.mark.parametrize("is_told", [True, False])
def test_a_document_is_imported_with_it_or_without(
    client: httpx.Client, path: str, is_told: bool
) -> None:
    document = client.get(f"{path}/genotype").json()
    if not is_told:
        del document["provenance"]["signal"]
    answer = client.post("/genotypes", json=document)
    assert answer.status_code == 201
    assert answer.json()["genotype"] == document["genotype"]
