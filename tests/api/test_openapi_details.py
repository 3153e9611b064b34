"""A generator can make a client from the document: everything is named, told and shown."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from api.docs.openapi_details import Operation, operations_of

HINT = "record it: python -m tests.record_examples"


@pytest.fixture(scope="module")
def document(shared_client: httpx.Client) -> dict[str, Any]:
    document: dict[str, Any] = shared_client.get("/openapi.json").json()
    return document


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> list[Operation]:
    return list(operations_of(document))


def media_types(operation: Operation) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Where an operation sends or answers something: a name, the media type, what is told."""
    for media_type, told in operation.told.get("requestBody", {}).get("content", {}).items():
        yield "request", media_type, told
    for status, response in operation.told["responses"].items():
        for media_type, told in response.get("content", {}).items():
            yield status, media_type, told


def examples_in(told: dict[str, Any]) -> list[Any]:
    shown = [example["value"] for example in told.get("examples", {}).values()]
    return shown + ([told["example"]] if "example" in told else [])


def test_every_request_and_answer_is_shown_by_example(operations: list[Operation]) -> None:
    for operation in operations:
        for where, media_type, told in media_types(operation):
            assert examples_in(told), f"{operation.id} {where} {media_type}: {HINT}"


def test_examples_are_as_the_schemas_have_them(
    document: dict[str, Any], operations: list[Operation]
) -> None:
    for operation in operations:
        for where, media_type, told in media_types(operation):
            if not media_type.endswith("json"):
                continue
            schema = told["schema"] | {"components": document["components"]}
            for example in examples_in(told):
                errors = list(Draft202012Validator(schema).iter_errors(example))
                assert not errors, f"{operation.id} {where}: {errors[0].message}; {HINT}"


def test_every_parameter_and_field_is_described(
    document: dict[str, Any], operations: list[Operation]
) -> None:
    for operation in operations:
        for parameter in operation.told.get("parameters", []):
            assert parameter["description"], (operation.id, parameter["name"])
    for name, schema in document["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items():
            assert "description" in told, f"{name}.{field}"


def test_path_parameters_have_examples(operations: list[Operation]) -> None:
    for operation in operations:
        for parameter in operation.told.get("parameters", []):
            if parameter["in"] == "path":
                assert parameter["schema"].get("examples"), (operation.id, parameter["name"])


def test_links_lead_from_one_operation_to_another(operations: list[Operation]) -> None:
    by_id = {operation.id: operation for operation in operations}
    linked = set()
    for operation in operations:
        for response in operation.told["responses"].values():
            for link in response.get("links", {}).values():
                target = by_id[link["operationId"]]
                known = {parameter["name"] for parameter in target.told.get("parameters", [])}
                assert set(link["parameters"]) <= known
                linked.add(target.id)
    needs_an_id = {op.id for op in operations if "_id}" in op.path}
    assert needs_an_id <= linked


def test_tags_are_told(document: dict[str, Any], operations: list[Operation]) -> None:
    told = {tag["name"] for tag in document["tags"] if tag["description"]}
    assert {tag for operation in operations for tag in operation.told["tags"]} == told
    assert document["servers"][0]["url"] == "/"


def test_what_is_read_has_an_entity_tag(operations: list[Operation]) -> None:
    without = {
        operation.id
        for operation in operations
        if operation.method == "get" and "304" not in operation.told["responses"]
    }
    streams = {operation.id for operation in operations if operation.path.endswith("/stream")}
    assert without == streams | {"get_metrics"}


def test_every_post_can_be_sent_again(operations: list[Operation]) -> None:
    for operation in operations:
        names = {parameter["name"].lower() for parameter in operation.told.get("parameters", [])}
        assert ("idempotency-key" in names) == (operation.method == "post"), operation.id
