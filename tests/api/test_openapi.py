"""The description of the interface, and the page that shows it."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.docs.openapi import Description, DocumentedApp, problems
from api.http.errors import NotFound
from pdarts_core.config import SearchConfig
from pdarts_core.config_fields import bounds_of


@pytest.fixture
def document(shared_client: httpx.Client) -> dict[str, Any]:
    answer = shared_client.get("/openapi.json")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")


def test_each_path_is_told_once_under_v1(document: dict[str, Any]) -> None:
    assert all(path.startswith("/v1/") for path in document["paths"])


def test_every_operation_has_an_id_of_its_own_and_a_summary(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations(document)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in ids)
    assert all(operation["description"] for operation in operations(document))


def test_errors_are_problems_each_with_an_example(document: dict[str, Any]) -> None:
    for operation in operations(document):
        for status, response in operation["responses"].items():
            if status < "400" or (operation["operationId"], status) == ("get_readiness", "503"):
                continue
            (media_type,) = response["content"]
            assert media_type == "application/problem+json"
            content = response["content"][media_type]
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert {str(e["value"]["status"]) for e in content["examples"].values()} == {status}


def test_bounds_are_those_of_the_search(document: dict[str, Any]) -> None:
    fields = document["components"]["schemas"]["SearchRequest"]["properties"]
    names = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
    for name in ("seed", "batch_size", "learning_rate", "momentum", "max_skip_connects"):
        for kind, bound in bounds_of(SearchConfig, name).as_dict().items():
            assert fields[name][names[kind]] == bound


def test_every_field_of_a_spec_is_described(document: dict[str, Any]) -> None:
    for schema in ("SearchRequest", "StageRequest"):
        fields = document["components"]["schemas"][schema]["properties"]
        assert all(field["description"] for field in fields.values())


def requests(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The schemas of what can be sent, with those that they refer to."""
    schemas = document["components"]["schemas"]
    bodies = [operation.get("requestBody", {}) for operation in operations(document)]
    waiting = [
        str(content["schema"]) for body in bodies for content in body.get("content", {}).values()
    ]
    seen: set[str] = set()
    while waiting:
        names = set(re.findall(r"#/components/schemas/(\w+)", waiting.pop())) - seen
        seen |= names
        yield from ((name, schemas[name]) for name in names)
        waiting += [str(schemas[name]) for name in names]


def test_no_field_of_a_request_has_a_default(document: dict[str, Any]) -> None:
    found = dict(requests(document))
    assert {"SearchRequest", "StageRequest", "SearchPatch", "KeyRequest"} <= set(found)
    for name, schema in found.items():
        for field, told in schema.get("properties", {}).items():
            assert "default" not in told, (name, field)


def test_a_search_asks_for_its_data_set_alone(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["SearchRequest"]["required"] == ["dataset"]
    assert "required" not in schemas["StageRequest"]


def test_the_examples_are_specs(shared_client: httpx.Client, document: dict[str, Any]) -> None:
    body = document["paths"]["/v1/searches"]["post"]["requestBody"]
    for name, example in body["content"]["application/json"]["examples"].items():
        spec = example["value"] | {"dataset": "digits"}
        answer = shared_client.post("/searches?dry_run=true", json=spec)
        assert answer.status_code == 200, name


@pytest.mark.parametrize("base", ["", "/v1"])
def test_the_page_takes_nothing_from_elsewhere(shared_client: httpx.Client, base: str) -> None:
    page = shared_client.get(f"{base}/docs").text
    urls = re.findall(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)["']""", page)
    assert [url for url in urls if not url.startswith(("/", "data:"))] == []
    paths = [url for url in urls if url.startswith("/")]
    assert f"{base}/openapi.json" in paths
    assert {shared_client.get(path).status_code for path in paths} == {200}


def test_it_is_made_once_however_many_ask_at_first() -> None:
    async def ask_at_once() -> list[Description]:
        app = DocumentedApp()
        app.add_api_route("/nothing", lambda: None, responses=problems(NotFound))
        return await asyncio.gather(*(app.described() for _ in range(5)))

    first, *others = asyncio.run(ask_at_once())
    assert all(other is first for other in others)


@pytest.mark.parametrize("path", ["/openapi.json", "/docs/swagger-ui.css"])
def test_what_is_always_the_same_is_sent_compressed_to_those_who_take_that(
    shared_client: httpx.Client, path: str
) -> None:
    plain = shared_client.get(path, headers={"Accept-Encoding": "identity"})
    compressed = shared_client.get(path, headers={"Accept-Encoding": "br, gzip"})
    assert compressed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert compressed.content == plain.content
    assert {plain.headers["vary"], compressed.headers["vary"]} == {"Accept-Encoding"}
