"""What a program does with searches, against the service."""

import time
from datetime import timedelta
from typing import Any

import pytest

from cli.client import (
    Client,
    Conflict,
    InvalidRequest,
    NotFound,
    Outdated,
    ServiceUnreachable,
    Status,
)
from pdarts_core.config import PRESETS
from pdarts_core.evaluation_config import EVALUATION_PRESETS
from store.database import Database
from tests.support.clients import QUICK, opened
from tests.support.played_search import play_search
from tests.support.servers import free_port

DIGITS: dict[str, Any] = {"dataset": "digits", "preset": "quick"}


def played(database: Database, **words: Any) -> str:
    with database.write() as session:
        return play_search(session, PRESETS["quick"], **words)


def test_it_knows_the_service(client: Client) -> None:
    assert client.is_alive()
    assert client.is_ready()
    assert client.get_readiness().database.status == "ok"


def test_a_spec_comes_as_a_document_as_fields_or_as_both(client: Client) -> None:
    search = client.create_search(DIGITS, name="mine", seed=7)
    assert search.status is Status.QUEUED
    assert search.progress.stages == len(search.spec.stages) == 3
    assert (search.spec.name, search.spec.seed, search.spec.preset) == ("mine", 7, "quick")


def test_a_plan_submits_nothing(client: Client) -> None:
    plan = client.plan_search(dataset="digits", preset="quick")
    assert plan.epochs == sum(stage.epochs for stage in plan.stages)
    assert list(client.list_searches()) == []


def test_a_key_of_ones_own_names_the_search_for_good(client: Client) -> None:
    first, again = (client.create_search(DIGITS, idempotency_key="mine") for _ in range(2))
    assert first.id == again.id
    assert client.create_search(DIGITS).id != first.id


def test_a_list_goes_on_over_its_pages(client: Client) -> None:
    ids = [client.create_search(DIGITS).id for _ in range(5)]
    assert [search.id for search in client.list_searches(page_size=2)] == ids[::-1]
    client.cancel_search(ids[3])
    assert [search.id for search in client.list_searches(status="cancelled")] == [ids[3]]
    assert list(client.list_searches(dataset="cifar10")) == []


def test_a_list_is_narrowed_down(client: Client) -> None:
    mine = client.create_search(DIGITS, name="mine", metadata={"ticket": 12, "of": "me"})
    begun = mine.record.created_at
    wanted: list[dict[str, Any]] = [
        {"name": "mine"},
        {"metadata": {"ticket": "12", "of": "me"}},
        {"created_after": begun, "created_before": begun + timedelta(seconds=60)},
    ]
    for filters in wanted:
        assert [search.id for search in client.list_searches(**filters)] == [mine.id]
    assert list(client.list_searches(created_before=begun)) == []


def test_a_search_is_changed_unless_somebody_else_has_changed_it(client: Client) -> None:
    search = client.create_search(DIGITS, metadata={"a": 1, "b": 2})
    search.update(name="renamed", priority=5, metadata={"a": None})
    assert (search.spec.name, search.spec.priority) == ("renamed", 5)
    assert search.spec.metadata == {"b": 2}
    with pytest.raises(Outdated):
        search.update(name="too late", if_match='"0"')


def test_a_search_is_paused_resumed_cancelled_and_deleted(client: Client) -> None:
    search = client.create_search(DIGITS)
    assert search.pause().status is Status.PAUSED
    assert search.resume().status is Status.QUEUED
    assert search.cancel().has_ended
    search.delete()
    with pytest.raises(NotFound, match=search.id):
        search.refresh()


def test_what_a_search_cannot_do_is_a_conflict(client: Client) -> None:
    search = client.create_search(DIGITS)
    for refused in (search.resume, search.retry, search.delete, search.genotype):
        with pytest.raises(Conflict):
            refused()


def test_a_refresh_takes_over_what_others_did(client: Client) -> None:
    search = client.create_search(DIGITS)
    assert search.refresh().status is Status.QUEUED
    client.get_search(search.id).pause()
    assert search.status is Status.QUEUED
    assert search.refresh(wait_seconds=20).status is Status.PAUSED


def test_after_a_move_of_ones_own_any_news_ends_the_wait(client: Client) -> None:
    search = client.create_search(DIGITS)
    search.pause()
    client.get_search(search.id).resume()
    begun = time.monotonic()
    assert search.refresh(wait_seconds=20).status is Status.QUEUED
    assert time.monotonic() - begun < 10


def test_a_wait_ends_with_the_search(client: Client, database: Database) -> None:
    search = client.get_search(played(database))
    assert search.wait(timeout=20).status is Status.SUCCEEDED


def test_a_wait_that_takes_too_long_is_a_timeout(client: Client) -> None:
    search = client.create_search(DIGITS)
    with pytest.raises(TimeoutError, match="is still queued"):
        search.wait(timeout=0.01)


def test_all_results_of_a_search_are_there(client: Client, database: Database) -> None:
    search = client.get_search(played(database))
    stages = list(search.stages())
    assert [stage.stage for stage in stages] == [1, 2, 3]
    assert len(stages[0].normal.dropped) == 14 * 3
    epochs = list(search.epochs())
    assert len(epochs) == sum(stage.epochs for stage in search.spec.stages)
    assert {epoch.stage for epoch in search.epochs(stage=2)} == {2}
    assert [event.seq for event in search.history()] == list(
        range(1, 1 + len(search.log().splitlines()))
    )
    assert list(search.checkpoints()) == []


def test_a_genotype_is_taken_at_a_skip_limit_and_drawn(client: Client, database: Database) -> None:
    search = client.get_search(played(database))
    recommended = search.genotype()
    assert recommended.recommended
    assert recommended.to_genotype().normal_concat == [2, 3, 4, 5]
    assert search.genotype(max_skip_connects=0).skip_connects == 0
    assert recommended in list(search.genotypes())
    assert search.draw(cell="normal").startswith("<svg")
    assert search.draw(format="python").strip() == recommended.python


def test_prunings_and_other_limits_are_there(client: Client, database: Database) -> None:
    search = client.get_search(played(database))
    assert [stage.stage for stage in search.pruning(threshold=1).stages] == [1, 2, 3]
    derived = search.derive(max_skip_connects=1, max_skip_connects_reduce=0)
    assert derived.skip_connects <= 1
    assert derived.skip_connects_reduce == 0


def test_a_genotype_is_imported_in_each_of_its_forms(client: Client, database: Database) -> None:
    found = client.get_search(played(database)).genotype()
    forms: list[Any] = [found.python, found.to_genotype(), found.genotype, found]
    for form in forms:
        imported = client.import_genotype(form, name="mine")
        assert (imported.origin, imported.name, imported.python) == (
            "imported",
            "mine",
            found.python,
        )
    assert len(list(client.list_own_genotypes(origin="imported", page_size=2))) == len(forms)
    small, large = (client.get_genotype(imported.id, layers=layers) for layers in (8, 20))
    assert small.network.parameters < large.network.parameters
    assert client.draw_own_genotype(imported.id, format="dot").startswith("digraph")
    client.delete_genotype(imported.id)
    with pytest.raises(NotFound):
        client.get_genotype(imported.id)


def test_the_service_tells_what_it_has(client: Client) -> None:
    assert "digits" in {dataset.name for dataset in client.list_datasets()}
    assert {preset.name for preset in client.list_presets()} == set(PRESETS)
    recipes = {preset.name: preset.spec for preset in client.list_evaluation_presets()}
    assert recipes["short"].epochs == EVALUATION_PRESETS["short"].epochs
    assert client.get_capacity().workers == len(list(client.list_workers())) == 0


def test_a_refusal_names_each_field(client: Client) -> None:
    with pytest.raises(InvalidRequest, match=r"/seed: .*/no_such_field: ") as caught:
        client.create_search({"dataset": "digits", "no_such_field": 1, "seed": -1})
    assert caught.value.code == "invalid_request"
    assert caught.value.status == 422
    assert caught.value.request_id
    assert {field.pointer for field in caught.value.fields} == {"/seed", "/no_such_field"}


def test_where_nothing_answers_the_address_is_named(kind: str) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with opened(kind, url, QUICK) as nobody:
        assert not nobody.is_alive()
        with pytest.raises(ServiceUnreachable, match=url):
            nobody.get_search("srch_1")
