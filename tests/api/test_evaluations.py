"""Evaluations over HTTP: what is asked for, and what is refused."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from pdarts_core.estimates.device_costs import EVALUATION_COSTS
from pdarts_core.evaluation_config import EVALUATION_PRESETS
from pdarts_core.genotype import Genotype, to_dict
from pdarts_core.space.cells import CONCAT
from store.database import Database
from store.scopes import Scope
from store.settings import Settings
from store.tables import Event, Job, Search
from tests.api.calls import pointers, problem, submit
from tests.api.work import end_badly, end_well, make_worker
from tests.support.images import make_image_folder
from tests.support.keys import SignIn

_ENTRIES = [("sep_conv_3x3", entry % 2) for entry in range(8)]
CELLS = to_dict(Genotype(_ENTRIES, list(CONCAT), _ENTRIES, list(CONCAT)))
NOBODYS_GENOTYPE = "gt_0000000000000000000000000v"
NOBODYS_WEIGHTS = "wts_0000000000000000000000000v"
NOBODYS_SEARCH = "srch_0000000000000000000000000v"


def import_genotype(client: httpx.Client) -> str:
    answer = client.post("/genotypes", json=CELLS)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def post(client: httpx.Client, **spec: Any) -> httpx.Response:
    return client.post("/evaluations", json={"dataset": "digits", "preset": "quick"} | spec)


def made(client: httpx.Client, **spec: Any) -> dict[str, Any]:
    answer = post(client, **spec)
    assert answer.status_code == 202, answer.text
    body: dict[str, Any] = answer.json()
    return body


class TestGenotype:
    def test_one_is_named_by_its_id(self, client: httpx.Client) -> None:
        genotype_id = import_genotype(client)
        body = made(client, genotype=genotype_id)
        assert body["genotype"] == {"id": genotype_id, "search_id": None, "cells": CELLS}
        assert body["spec"]["genotype"] == genotype_id
        assert body == client.get(f"/evaluations/{body['id']}").json()

    def test_it_stays_though_it_is_deleted_elsewhere(self, client: httpx.Client) -> None:
        genotype_id = import_genotype(client)
        body = made(client, genotype=genotype_id)
        assert client.delete(f"/genotypes/{genotype_id}").status_code == 204
        assert client.get(f"/evaluations/{body['id']}").json()["genotype"] == body["genotype"]

    @pytest.mark.parametrize("limit", [None, 4])
    def test_a_search_gives_that_for_a_skip_limit(
        self, client: httpx.Client, database: Database, limit: int | None
    ) -> None:
        search_id = submit(client)
        end_well(database, search_id, 4, 2, 0)
        body = made(client, search=search_id, max_skip_connects=limit)
        asked = {} if limit is None else {"max_skip_connects": limit}
        chosen = client.get(f"/searches/{search_id}/genotype", params=asked).json()
        assert body["genotype"]["id"] == chosen["id"]
        assert body["genotype"]["cells"] == chosen["genotype"]
        assert body["genotype"]["search_id"] == search_id

    @pytest.mark.parametrize(
        "sent", [CELLS, {"genotype": CELLS, "name": "by hand"}], ids=["cells", "document"]
    )
    def test_it_may_be_sent_along(self, client: httpx.Client, sent: dict[str, Any]) -> None:
        body = made(client, genotype_document=sent)
        assert body["genotype"] == {"id": None, "search_id": None, "cells": CELLS}
        assert body["spec"]["genotype_document"] == CELLS

    def test_the_complete_spec_makes_the_same_again(self, client: httpx.Client) -> None:
        spec = made(client, genotype_document=CELLS)["spec"]
        assert made(client, **spec)["spec"] == spec


class TestRefusals:
    @pytest.mark.parametrize(
        ("spec", "pointer"),
        [
            ({}, ""),
            ({"genotype": NOBODYS_GENOTYPE}, "/genotype"),
            ({"search": NOBODYS_SEARCH}, "/search"),
            ({"genotype": NOBODYS_SEARCH}, "/genotype"),
            ({"genotype": NOBODYS_GENOTYPE, "search": NOBODYS_SEARCH}, "/search"),
            ({"genotype": NOBODYS_GENOTYPE, "max_skip_connects": 2}, "/max_skip_connects"),
            ({"search": NOBODYS_SEARCH, "max_skip_connects": 9}, "/max_skip_connects"),
            ({"genotype_document": {"normal": []}}, "/genotype_document"),
            (
                {"genotype_document": CELLS | {"normal": [["none", 0], *_ENTRIES[1:]]}},
                "/genotype_document/normal/0",
            ),
            ({"genotype_document": CELLS, "dataset": "nowhere"}, "/dataset"),
            ({"genotype_document": CELLS, "epochs": 0}, "/epochs"),
            ({"genotype_document": CELLS, "epochs": 0, "weights": NOBODYS_WEIGHTS}, "/weights"),
            ({"genotype_document": CELLS, "layers": 2}, "/layers"),
            ({"genotype_document": CELLS, "schedule": "steep"}, "/schedule"),
            ({"genotype_document": CELLS, "valid_portion": 1}, "/valid_portion"),
            ({"genotype_document": CELLS, "max_images": 19}, "/max_images"),
            ({"genotype_document": CELLS, "weights": "wts_1"}, "/weights"),
            ({"genotype_document": CELLS, "preset": "planted"}, "/preset"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_spec_is_told_where_it_is_wrong(
        self, client: httpx.Client, spec: dict[str, Any], pointer: str
    ) -> None:
        answer = post(client, **spec)
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer)[0].startswith(pointer)
        assert client.get("/evaluations").json()["data"] == []

    def test_a_search_must_have_come_to_a_genotype(
        self, client: httpx.Client, database: Database
    ) -> None:
        waiting, failed = submit(client), submit(client)
        answer = post(client, search=waiting)
        assert problem(answer) == (409, "no_genotype_yet")
        assert int(answer.headers["retry-after"]) > 0
        client.post(f"/searches/{waiting}/cancel")
        end_badly(database, failed)
        assert problem(post(client, search=failed)) == (409, "no_genotype")

    def test_what_no_worker_could_hold_is_refused(
        self, client: httpx.Client, database: Database
    ) -> None:
        wide = {"genotype_document": CELLS, "init_channels": 512, "layers": 50}
        with database.write() as session:
            make_worker(session, memory_bytes=8 * 2**30)
        answer = post(client, **wide)
        assert problem(answer) == (422, "evaluation_too_large")
        assert pointers(answer) == ["/init_channels"]
        assert "8.0 GiB that the largest worker has" in answer.json()["detail"]

    def test_anothers_genotype_is_as_if_there_were_none(self, sign_in: SignIn) -> None:
        ada, bob = (sign_in(owner, Scope.READ, Scope.SUBMIT) for owner in ("ada", "bob"))
        genotype_id, search_id = import_genotype(ada), submit(ada)
        for spec in ({"genotype": genotype_id}, {"search": search_id}):
            answer = post(bob, **spec)
            assert problem(answer) == (422, "invalid_request")
            assert answer.json()["detail"].startswith("there is no ")

    def test_windows_that_are_larger_than_the_images_are_refused(
        self, shared_client: httpx.Client
    ) -> None:
        spec = {"genotype_document": CELLS, "dataset": "digits", "preset": "paper-imagenet"}
        answer = post(shared_client, **spec)
        assert pointers(answer) == ["/image_size"]
        assert "sees 224×224 pixels" in answer.json()["errors"][0]["detail"]
        assert post(shared_client, **spec, image_size=256).status_code == 202


class TestFolder:
    def test_without_test_images_some_are_held_out(
        self, client: httpx.Client, settings: Settings
    ) -> None:
        make_image_folder(settings.data_dir, "untested", classes={"cat": 2, "dog": 2})
        spec = {"genotype_document": CELLS, "dataset": "untested", "preset": "paper-cifar10"}
        answer = post(client, **spec)
        assert pointers(answer) == ["/valid_portion"]
        assert post(client, **spec, valid_portion=0.5).status_code == 202

    def test_a_class_that_only_tests_have_is_refused(
        self, client: httpx.Client, settings: Settings
    ) -> None:
        make_image_folder(settings.data_dir, "odd", classes={"cat": 2, "dog": 2})
        make_image_folder(settings.data_dir, "odd", split="test", classes={"emu": 1})
        answer = post(client, genotype_document=CELLS, dataset="odd")
        assert pointers(answer) == ["/dataset"]
        assert "'emu'" in answer.json()["detail"]


def test_a_preset_fills_in_what_is_left_out(client: httpx.Client) -> None:
    spec = made(client, genotype_document=CELLS, preset="short", epochs=7)["spec"]
    preset = EVALUATION_PRESETS["short"].to_dict()
    assert {name: spec[name] for name in preset} == preset | {"epochs": 7}


def test_a_dry_run_tells_how_large_the_network_is(client: httpx.Client) -> None:
    genotype_id = import_genotype(client)
    asked = {"genotype": genotype_id, "dataset": "cifar10", "preset": "paper-cifar10"}
    answer = client.post("/evaluations", json=asked, params={"dry_run": "true"})
    assert answer.status_code == 200, answer.text
    told = client.get(f"/genotypes/{genotype_id}").json()["network"]
    assert answer.json()["network"] == told
    assert client.get("/evaluations").json()["data"] == []


def test_they_are_listed_by_what_they_train(client: httpx.Client, database: Database) -> None:
    genotype_id, search_id = import_genotype(client), submit(client)
    end_well(database, search_id, 2)
    imported = made(client, genotype=genotype_id)["id"]
    found = made(client, search=search_id)
    also_found = made(client, genotype=found["genotype"]["id"])["id"]

    def listed(**wanted: str) -> list[str]:
        return [one["id"] for one in client.get("/evaluations", params=wanted).json()["data"]]

    assert listed() == [also_found, found["id"], imported]
    assert listed(genotype=genotype_id) == [imported]
    assert listed(search=search_id) == [also_found, found["id"]]
    assert listed(search=search_id, status="succeeded") == []
    assert problem(client.get("/evaluations", params={"genotype": "x"})) == (422, "invalid_request")


def test_they_are_a_table_too(client: httpx.Client) -> None:
    body = made(client, genotype_document=CELLS)
    head, row = client.get("/evaluations", headers={"Accept": "text/csv"}).text.splitlines()
    assert head.startswith("id,name,status,dataset,preset")
    assert row.startswith(f"{body['id']},,queued,digits,quick")


@pytest.mark.parametrize("part", ["result", "model"])
def test_what_comes_at_the_end_is_not_there_before(
    client: httpx.Client, database: Database, part: str
) -> None:
    evaluation_id = made(client, genotype_document=CELLS)["id"]
    answer = client.get(f"/evaluations/{evaluation_id}/{part}")
    assert problem(answer) == (409, "no_result_yet")
    assert int(answer.headers["retry-after"]) > 0
    end_badly(database, evaluation_id)
    ended = client.get(f"/evaluations/{evaluation_id}/{part}")
    assert problem(ended) == (409, "no_result")
    assert ended.json()["detail"] == "the evaluation has failed; it has no result; retry it"


def test_the_same_genotype_has_the_same_digest_however_it_is_named(
    client: httpx.Client, database: Database
) -> None:
    named = made(client, genotype=import_genotype(client))["id"]
    sent = made(client, genotype_document=CELLS)["id"]
    other = made(client, genotype_document=CELLS, seed=7)["id"]
    with database.read() as session:
        digests = [session.get_one(Job, one).spec_sha256 for one in (named, sent, other)]
    assert digests[0] == digests[1] != digests[2]


class TestForecast:
    """What is said before an evaluation is queued, and stays with it."""

    def planned(self, client: httpx.Client, **spec: Any) -> dict[str, Any]:
        asked = {"dataset": "digits", "preset": "quick", "genotype_document": CELLS} | spec
        if "search" in spec:
            del asked["genotype_document"]
        answer = client.post("/evaluations?dry_run=true", json=asked)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def codes(self, client: httpx.Client, **spec: Any) -> dict[str, str | None]:
        told = self.planned(client, **spec)["warnings"]
        return {warning["code"]: warning["field"] for warning in told}

    def test_a_spec_that_nothing_speaks_against_has_no_warnings(self, client: httpx.Client) -> None:
        assert self.planned(client)["warnings"] == []

    def test_an_evaluation_keeps_what_its_dry_run_said(self, client: httpx.Client) -> None:
        planned = self.planned(client, max_images=40)
        assert [warning["code"] for warning in planned["warnings"]] == ["large_batch"]
        body = made(client, genotype_document=CELLS, max_images=40)
        (listed,) = client.get("/evaluations").json()["data"]
        for shown in (body, client.get(f"/evaluations/{body['id']}").json(), listed):
            assert shown["warnings"] == planned["warnings"]
            assert shown["estimate"] == planned["estimate"]

    def test_what_the_result_will_rest_on_is_told(
        self, client: httpx.Client, settings: Settings
    ) -> None:
        make_image_folder(settings.data_dir, "alone", classes={"cat": 20, "dog": 20})
        asked = {"dataset": "alone", "batch_size": 8, "valid_portion": 0.25}
        unchecked, warning = self.planned(client, **asked)["warnings"]
        assert unchecked["code"] == "dataset_unchecked"
        assert (warning["code"], warning["field"]) == ("no_test_images", "/dataset")
        assert "10 held-out training images" in warning["message"]
        assert "±31.0 percentage points" in warning["message"]
        make_image_folder(settings.data_dir, "alone", split="test", classes={"cat": 2, "dog": 2})
        _, warning = self.planned(client, **asked)["warnings"]
        assert warning["code"] == "few_test_images"
        assert "on only 4 test images" in warning["message"]

    @pytest.mark.parametrize(("verdict", "told"), [("none", True), ("weak", False)])
    def test_a_genotype_that_chance_chose_is_told(
        self, client: httpx.Client, database: Database, verdict: str, told: bool
    ) -> None:
        search_id = submit(client)
        end_well(database, search_id, 2)
        with database.write() as session:
            session.get_one(Search, search_id).signal = {"verdict": verdict}
        assert self.codes(client, search=search_id) == ({"no_signal": "/search"} if told else {})

    def test_whole_batches_that_no_worker_holds_are_told(
        self, client: httpx.Client, database: Database
    ) -> None:
        large = {"dataset": "cifar10", "preset": "paper-cifar10", "batch_size": 4096}
        assert self.codes(client, **large) == {}
        with database.write() as session:
            make_worker(session, memory_bytes=4 * 2**30)
        assert self.codes(client, **large) == {"more_memory_than_workers": "/batch_size"}

    def test_before_any_has_ended_a_cpu_has_a_rough_time(self, client: httpx.Client) -> None:
        estimate = self.planned(client, device="cpu")["estimate"]
        cost = EVALUATION_COSTS["cpu"]
        assert (estimate["device"], estimate["learned_from"]) == ("cpu", 0)
        assert (estimate["measured_on"], estimate["rough_factor"]) == (cost.device, 3)
        work = estimate["multiply_adds"]
        assert estimate["seconds"] == pytest.approx(work / cost.multiply_adds_per_second)
        assert (estimate["seconds_low"], estimate["seconds_high"]) == (None, None)
        assert estimate["least_memory_bytes"] > 0

    def test_before_any_has_ended_no_time_of_a_gpu_is_told(self, client: httpx.Client) -> None:
        estimate = self.planned(client, device="cuda")["estimate"]
        assert (estimate["device"], estimate["seconds"]) == ("cuda", None)
        assert (estimate["measured_on"], estimate["rough_factor"]) == (None, None)

    def test_what_takes_days_on_a_cpu_is_told(self, client: httpx.Client) -> None:
        long = {"dataset": "cifar10", "preset": "short"}
        assert self.codes(client, **long, device="cuda") == {}
        (warning,) = self.planned(client, **long, device="cpu")["warnings"]
        assert (warning["code"], warning["field"]) == ("takes_long", "/preset")
        assert re.search(r"about 1\d\d hours on cpu\.", warning["message"])
        assert "Fewer images (max_images), a smaller recipe (preset) or a GPU" in warning["message"]
        assert self.codes(client, **long, device="cpu", max_images=1000) == {}

    def test_an_estimate_from_before_it_said_how_rough_it_is_is_shown(
        self, client: httpx.Client, database: Database
    ) -> None:
        evaluation_id = made(client, genotype_document=CELLS)["id"]
        with database.write() as session:
            job = session.get_one(Job, evaluation_id)
            newer = {"measured_on", "rough_factor"}
            job.estimate = {
                name: value for name, value in (job.estimate or {}).items() if name not in newer
            }
        estimate = client.get(f"/evaluations/{evaluation_id}").json()["estimate"]
        assert (estimate["measured_on"], estimate["rough_factor"]) == (None, None)

    def test_the_time_is_learned_from_evaluations_that_have_ended(
        self, client: httpx.Client, database: Database
    ) -> None:
        work = self.planned(client)["estimate"]["multiply_adds"]
        for seconds in (60, 90, 200):
            evaluation_id = made(client, genotype_document=CELLS, device="cpu")["id"]
            end_well(database, evaluation_id)
            with database.write() as session:
                job = session.get_one(Job, evaluation_id)
                assert job.started_at is not None
                job.finished_at = job.started_at + timedelta(seconds=seconds)
        estimate = self.planned(client, device="cpu", epochs=20)["estimate"]
        more = estimate["multiply_adds"] / work
        assert 1.9 < more < 2
        assert estimate["seconds"] == pytest.approx(90 * more)
        assert estimate["seconds_low"] == pytest.approx(60 * more)
        assert estimate["seconds_high"] == pytest.approx(200 * more)
        assert (estimate["learned_from"], estimate["rough_factor"]) == (3, None)
        shared = self.planned(client, device="cpu", device_count=2)["estimate"]
        assert (shared["learned_from"], shared["rough_factor"]) == (0, 3)
        search = {"dataset": "digits", "preset": "quick", "device": "cpu"}
        planned = client.post("/searches?dry_run=true", json=search).json()
        assert planned["estimate"]["learned_from"] == 0

    def test_one_from_before_there_were_forecasts_has_none(
        self, client: httpx.Client, database: Database
    ) -> None:
        evaluation_id = made(client, genotype_document=CELLS, max_images=40)["id"]
        with database.write() as session:
            session.get_one(Event, (evaluation_id, 1)).data = {}
            session.get_one(Job, evaluation_id).estimate = None
        body = client.get(f"/evaluations/{evaluation_id}").json()
        assert (body["estimate"], body["warnings"]) == (None, [])
