"""The document tells of every header that an answer has."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest

from pdarts_core.config import PRESETS
from store.database import Database
from store.scopes import Scope
from tests.api.calls import submit
from tests.api.every_route import HOOK, NOBODYS, Operation, operations
from tests.api.work import end_badly, make_worker
from tests.support.keys import SignIn
from tests.support.played_search import play_search

OF_HTTP = {
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "server",
    "vary",
}
OF_EVERY_ANSWER = {
    "content-security-policy",
    "cross-origin-resource-policy",
    "referrer-policy",
    "x-content-type-options",
}
"""What is there for browsers."""
Told = Mapping[str, Mapping[str, Any]]


@pytest.fixture
def ada(sign_in: SignIn) -> httpx.Client:
    # Of a name of her own in each test: what an owner has asked for is counted for a minute.
    return sign_in(f"ada-{uuid.uuid4().hex}", Scope.READ, Scope.SUBMIT, Scope.ADMIN)


@pytest.fixture
def told(ada: httpx.Client) -> Told:
    """The answers of each operation, by its id."""
    paths = ada.get("/openapi.json").json()["paths"]
    found = (operation for methods in paths.values() for operation in methods.values())
    return {operation["operationId"]: operation["responses"] for operation in found}


UPLOAD = {"Upload-Length": "10", "Upload-Metadata": "filename Zmxvd2Vycy56aXA="}


def things_of(ada: httpx.Client, database: Database) -> dict[str, str]:
    """Return the ids of one of each thing."""
    with database.write() as session:
        worker_id = make_worker(session)
    body = {"url": HOOK, "events": ["search.succeeded"]}
    webhook_id = ada.post("/webhooks", json=body).json()["id"]
    cells = next(operation for operation in operations(ada) if operation.name == "import_genotype")
    return {
        "worker_id": worker_id,
        "webhook_id": webhook_id,
        "delivery_id": ada.post(f"/webhooks/{webhook_id}/ping").json()["id"],
        "upload_id": ada.post("/uploads", headers=UPLOAD).json()["id"],
        "genotype_id": cells.call(ada).json()["id"],
        "key_id": ada.post(
            "/keys", json={"owner": "bob", "name": "to go", "scopes": ["read"]}
        ).json()["id"],
    }


def answers_to(
    operation: Operation, ada: httpx.Client, stranger: httpx.Client, ids: dict[str, str]
) -> Iterator[httpx.Response]:
    yield operation.call(stranger)
    yield operation.call(ada)
    if operation.path.endswith("/stream"):
        return
    first = operation.call(ada, {**NOBODYS, **ids})
    yield first
    if tag := first.headers.get("etag"):
        ada.headers["If-None-Match"] = tag
        yield operation.call(ada, {**NOBODYS, **ids})
        del ada.headers["If-None-Match"]
    ada.headers["Idempotency-Key"] = operation.name
    yield operation.call(ada, {**NOBODYS, **ids})
    yield operation.call(ada, {**NOBODYS, **ids})
    del ada.headers["Idempotency-Key"]


def queued(ada: httpx.Client, database: Database) -> str:
    return submit(ada)


def failed(ada: httpx.Client, database: Database) -> str:
    search_id = submit(ada)
    end_badly(database, search_id)
    return search_id


def succeeded(ada: httpx.Client, database: Database) -> str:
    with database.write() as session:
        return play_search(session, PRESETS["quick"], owner=ada.get("/me").json()["owner"])


@pytest.mark.sampled
@pytest.mark.parametrize("make_search", [queued, failed, succeeded])
def test_every_header_that_is_sent_is_told(
    ada: httpx.Client,
    stranger: httpx.Client,
    told: Told,
    database: Database,
    make_search: Callable[[httpx.Client, Database], str],
) -> None:
    ids = things_of(ada, database) | {"search_id": make_search(ada, database)}
    for operation in operations(ada):
        if operation.method != "GET" and "search_id" in operation.path_parameters:
            ids |= {"search_id": make_search(ada, database)}
        for answer in answers_to(operation, ada, stranger, ids):
            headers = told[operation.name][str(answer.status_code)].get("headers", {})
            sent = set(answer.headers) - OF_HTTP - OF_EVERY_ANSWER
            assert sent <= {name.lower() for name in headers}, (operation.name, answer)


def test_what_is_refused_for_a_while_is_told_until_when(told: Told) -> None:
    refusals = [answers["429"] for answers in told.values() if "429" in answers]
    assert len(refusals) > 20
    for refusal in refusals:
        assert {"Retry-After", "RateLimit", "RateLimit-Policy"} <= set(refusal["headers"])


def test_what_is_made_or_changed_is_told_with_its_place_and_tag(told: Told) -> None:
    assert {"ETag", "Location"} <= set(told["create_search"]["202"]["headers"])
    assert "Location" not in told["create_search"]["200"]["headers"]
    assert "Location" in told["derive_genotype"]["200"]["headers"]
    assert "ETag" in told["change_search"]["200"]["headers"]
    for move in ("cancel_search", "pause_search", "resume_search", "retry_search"):
        assert "ETag" in told[move]["202"]["headers"]
