"""Two owners and every route: neither sees, changes or counts what is the other's."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from store.database import Database
from store.scopes import Scope
from store.tables import (
    ApiKey,
    Base,
    Epoch,
    Evaluation,
    EvaluationEpoch,
    Event,
    GenotypeRow,
    Job,
    Search,
    Stage,
    UploadRow,
    WeightsRow,
)
from tests.api.calls import QUICK, submit
from tests.api.every_route import HOOK, Operation, operations
from tests.api.work import (
    end_badly,
    make_epoch,
    make_evaluation_epoch,
    make_stage,
    make_worker,
    start,
)
from tests.support.keys import SignIn
from tests.support.uploads import insert_upload
from tests.support.weights_files import insert_weights

MARK = "the-mark-of-ada"
OWN_TABLES: tuple[type[Base], ...] = (
    Job,
    Search,
    Event,
    Stage,
    Epoch,
    Evaluation,
    EvaluationEpoch,
    GenotypeRow,
    WeightsRow,
    UploadRow,
    ApiKey,
)
CATALOGUES = {"list_datasets", "list_presets", "list_workers"}
"""What is the same for everyone."""
REFUSALS = {401, 403, 404, 405, 406, 415, 422}
KEYS = {"list_keys", "get_key", "revoke_key"}
ADMINS = KEYS | {"create_key", "drain_worker", "undrain_worker"}
OPEN = {"get_liveness", "get_readiness", "get_metrics"}


@pytest.fixture
def ada(sign_in: SignIn) -> httpx.Client:
    return sign_in("ada", Scope.READ, Scope.SUBMIT)


@pytest.fixture
def ids(ada: httpx.Client, database: Database) -> Mapping[str, str]:
    """What is Ada's: searches that run, wait or failed, an evaluation, a genotype, a key."""
    submit(ada, name=MARK, metadata={"mark": MARK})
    failed, running = (submit(ada, name=MARK, metadata={"mark": MARK}) for _ in range(2))
    end_badly(database, failed)
    start(database, running)
    with database.write() as session:
        session.add_all([make_stage(running, 1), make_epoch(running, 1, 1)])
        worker_id = make_worker(session, job_id=running)
    cells = next(o for o in operations(ada) if o.name == "import_genotype").body
    genotype = ada.post("/genotypes", json={"genotype": cells, "name": MARK}).json()
    asked = {"dataset": "digits", "preset": "quick", "name": MARK, "genotype": genotype["id"]}
    evaluation = ada.post("/evaluations", json=asked).json()
    start(database, evaluation["id"])
    with database.write() as session:
        session.add(make_evaluation_epoch(evaluation["id"], 1))
        weights_id = insert_weights(session, owner="ada", name=MARK)
        upload_id = insert_upload(session, owner="ada")
    body = {"url": f"{HOOK}/{MARK}", "events": ["search.succeeded"]}
    answer = ada.post("/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    webhook = answer.json()
    delivery = ada.post(f"/webhooks/{webhook['id']}/ping").json()
    return {
        "webhook_id": webhook["id"],
        "delivery_id": delivery["id"],
        "search_id": running,
        "evaluation_id": evaluation["id"],
        "genotype_id": genotype["id"],
        "weights_id": weights_id,
        "upload_id": upload_id,
        "worker_id": worker_id,
        "key_id": ada.get("/me").json()["key"]["id"],
    }


def rows_of_ada(database: Database, jobs: set[str]) -> dict[str, list[Any]]:
    """All that is kept of Ada, but for when her keys were used."""
    found: dict[str, list[Any]] = {}
    with database.read() as session:
        for table in OWN_TABLES:
            rows = [row._asdict() for row in session.execute(select(table.__table__))]
            found[table.__name__] = [
                row | {"last_used_at": None}
                for row in rows
                if row.get("owner") == "ada"
                or {row.get(f"{kind}_id") for kind in ("search", "evaluation", "job")} & jobs
                or row.get("id") in jobs
            ]
    return found


def own_jobs(client: httpx.Client) -> set[str]:
    lists = (client.get(path).json()["data"] for path in ("/searches", "/evaluations"))
    return {job["id"] for jobs in lists for job in jobs}


@pytest.mark.parametrize("scopes", [(Scope.READ, Scope.SUBMIT), (Scope.ADMIN,)], ids=str)
def test_no_route_shows_changes_or_counts_what_is_anothers(
    sign_in: SignIn,
    ada: httpx.Client,
    ids: Mapping[str, str],
    database: Database,
    scopes: tuple[Scope, ...],
) -> None:
    bob = sign_in("bob", *scopes)
    jobs = own_jobs(ada)
    before = rows_of_ada(database, jobs)
    for operation in operations(bob):
        if operation.name in KEYS and Scope.ADMIN in scopes:
            continue  # these are an admin's to manage
        answer = operation.call(bob, ids)
        assert MARK not in answer.text, operation.name
        if operation.names_an_owned_thing:
            assert answer.status_code == 404, (operation.name, answer.text)
        else:
            assert not any(job in answer.text for job in jobs), operation.name
            assert ids["genotype_id"] not in answer.text, operation.name
        if operation.method == "GET" and operation.name not in CATALOGUES and answer.is_success:
            listed = answer.json().get("data", []) if _is_json(answer) else []
            assert listed == [], operation.name
    assert rows_of_ada(database, jobs) == before


def test_the_owner_may_do_all_that_was_refused(ada: httpx.Client, ids: Mapping[str, str]) -> None:
    """Else the refusals would prove nothing."""
    for operation in operations(ada):
        if operation.names_an_owned_thing and not _never_ends(operation):
            answer = operation.call(ada, ids)
            assert answer.status_code not in REFUSALS, (operation.name, answer.text)


@pytest.mark.parametrize("scope", [None, *Scope])
def test_each_route_serves_those_who_have_its_scope(
    stranger: httpx.Client, sign_in: SignIn, scope: Scope | None
) -> None:
    client = stranger if scope is None else sign_in("ada", scope)
    for operation in operations(client):
        answer = operation.call(client)
        if operation.name in OPEN or (operation.name == "get_me" and scope):
            expected = set()
        elif scope is None:
            expected = {401}
        elif scope is Scope.ADMIN:
            expected = set()
        else:
            needed = Scope.READ if operation.method == "GET" else Scope.SUBMIT
            allowed = operation.name not in ADMINS and scope is needed
            expected = set() if allowed else {403}
        assert {answer.status_code} & {401, 403} == expected, operation.name


def test_each_route_says_in_the_document_which_scope_that_is(stranger: httpx.Client) -> None:
    for operation in operations(stranger):
        if operation.name in OPEN:
            assert operation.scopes is None
        elif operation.name == "get_me":
            assert operation.scopes == ()
        elif operation.name in ADMINS:
            assert operation.scopes == ("admin",)
        else:
            assert operation.scopes == (("read",) if operation.method == "GET" else ("submit",))


def test_an_idempotency_key_is_its_owners(sign_in: SignIn, ada: httpx.Client) -> None:
    headers = {"Idempotency-Key": "the-same"}
    first = ada.post("/searches", json=QUICK, headers=headers)
    second = sign_in("bob").post("/searches", json=QUICK, headers=headers)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] != second.json()["id"]


def test_a_worker_does_not_tell_whose_search_it_runs(
    sign_in: SignIn, ada: httpx.Client, ids: Mapping[str, str]
) -> None:
    def seen_by(client: httpx.Client) -> tuple[bool, str | None]:
        (worker,) = client.get("/workers").json()["data"]
        return worker["busy"], worker["search"]

    assert seen_by(ada) == (True, ids["search_id"])
    assert seen_by(sign_in("bob")) == (True, None)


def _is_json(answer: httpx.Response) -> bool:
    return str(answer.headers.get("content-type")) == "application/json"


def _never_ends(operation: Operation) -> bool:
    return operation.name in {"stream_search_events", "stream_evaluation_events"}
