"""What the OpenAPI document says about all operations: headers, links, examples."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from store.kinds import KINDS

Document = dict[str, Any]

_TAGS = (
    {"name": "results", "description": "What a search has found: stages, epochs, genotypes"},
    {"name": "history", "description": "What happened to a job"},
    {"name": "genotypes", "description": "Your genotypes: found, derived or imported"},
    {"name": "weights", "description": "Trained weights that evaluations begin with or only test"},
    {"name": "uploads", "description": "Files that are sent in parts (tus 1.0.0)"},
    {"name": "datasets", "description": "Images to train on: yours, and those that all share"},
    {"name": "catalogue", "description": "Presets that a spec can name"},
    {"name": "keys", "description": "API keys: whose they are, and what they allow"},
    {"name": "webhooks", "description": "Who is notified of what happens to jobs"},
    {"name": "operation", "description": "Whether the service works, and how busy it is"},
)
SERVERS = ({"url": "/", "description": "The service that this document comes from"},)

_HEADERS = {
    "X-Request-ID": {
        "description": "The request's ID: the one that you sent, or a new one",
        "schema": {"type": "string"},
        "example": "8f14e45fceea467a9c1d1b0f5b3a6c2e",
    },
    "ETag": {
        "description": "Names this version of the answer; see `If-None-Match`",
        "schema": {"type": "string"},
        "example": '"7"',
    },
    "Location": {
        "description": "Where to find what was created",
        "schema": {"type": "string"},
        "example": "/v1/searches/srch_06dn5q2s3o8mhf2v0c1k7t4b9g",
    },
    "Retry-After": {
        "description": "Seconds to wait before asking again",
        "schema": {"type": "string"},
        "example": "2",
    },
    "WWW-Authenticate": {
        "description": "How to send a key",
        "schema": {"type": "string"},
        "example": "Bearer",
    },
    "RateLimit-Policy": {
        "description": "The requests (`q`) that an owner may make in `w` seconds; absent if there "
        "is no limit",
        "schema": {"type": "string"},
        "example": '"requests";q=600;w=60',
    },
    "RateLimit": {
        "description": "The requests left (`r`), and the seconds until there are more (`t`)",
        "schema": {"type": "string"},
        "example": '"requests";r=599;t=60',
    },
    "Upload-Offset": {
        "description": "How many bytes of the file have arrived: where the next part begins",
        "schema": {"type": "string"},
        "example": "3141",
    },
    "Upload-Length": {
        "description": "Bytes of the whole file",
        "schema": {"type": "string"},
        "example": "59265",
    },
    "Upload-Metadata": {
        "description": "What you said about the file; absent if nothing",
        "schema": {"type": "string"},
        "example": "filename Zmxvd2Vycy56aXA=",
    },
    "Upload-Expires": {
        "description": "When the upload is deleted, unless more of it comes",
        "schema": {"type": "string"},
        "example": "Sun, 29 Nov 2026 09:26:53 GMT",
    },
    "Tus-Resumable": {
        "description": "The version of tus that the service speaks",
        "schema": {"type": "string"},
        "example": "1.0.0",
    },
    "Tus-Version": {
        "description": "The version of tus that the service speaks",
        "schema": {"type": "string"},
        "example": "1.0.0",
    },
    "Idempotency-Replayed": {
        "description": "`true` if this is a repeated answer for the same `Idempotency-Key`",
        "schema": {"type": "string"},
        "example": "true",
    },
}
_OF_PROBLEMS = {
    "unauthenticated": "WWW-Authenticate",
    "precondition_failed": "ETag",
    "request_in_flight": "Retry-After",
    "no_genotype_yet": "Retry-After",
    "no_result_yet": "Retry-After",
    "too_many_requests": "Retry-After",
    "quota_exceeded": "Retry-After",
    "database_unavailable": "Retry-After",
    "upload_locked": "Retry-After",
    "tus_version_unsupported": "Tus-Version",
}
"""The header that an error comes with, by its code."""
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` that you have; if nothing has changed, the answer is an empty 304",
    "schema": {"type": "string"},
    "example": '"7"',
}
_MAKERS = {
    "webhook_id": "create_webhook",
    "genotype_id": "import_genotype",
    "weights_id": "send_weights",
    "upload_id": "create_upload",
    "key_id": "create_key",
}
"""The operation that makes what a path's parameter names; those of jobs follow from their kinds."""
_MADE = frozenset({"201", "202"})
_ID = "$response.body#/id"
_FIRST_ID = "$response.body#/data/0/id"
_FOUND = {
    "list_own_genotypes": ("get_genotype", {"genotype_id": _FIRST_ID}),
    "list_search_genotypes": ("get_genotype", {"genotype_id": _FIRST_ID}),
    "get_search_genotype": ("get_genotype", {"genotype_id": _ID}),
    "derive_genotype": ("get_genotype", {"genotype_id": _ID}),
    "list_weights": ("get_weights", {"weights_id": _FIRST_ID}),
    "list_uploads": ("get_upload", {"upload_id": _FIRST_ID}),
    "list_workers": ("get_worker", {"worker_id": _FIRST_ID}),
    "get_worker": ("drain_worker", {"worker_id": _ID}),
    "drain_worker": ("undrain_worker", {"worker_id": _ID}),
    "ping_webhook": (
        "redeliver",
        {"webhook_id": "$request.path.webhook_id", "delivery_id": _ID},
    ),
    "list_presets": ("get_preset", {"name": "$response.body#/data/0/name"}),
    "list_datasets": ("get_dataset", {"name": "$response.body#/data/0/name"}),
    "list_search_stages": (
        "get_search_stage",
        {"search_id": "$request.path.search_id", "stage": "$response.body#/data/0/stage"},
    ),
}
"""What other answers name: an operation and its parameters. Lists of jobs follow from kinds."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    told: Document

    @property
    def id(self) -> str:
        """Its operationId."""
        return str(self.told["operationId"])


@dataclass(frozen=True, kw_only=True)
class Link:
    """From an answer that names something to an operation on it."""

    source: str
    target: str
    parameters: Mapping[str, str]
    """Where the answer has them."""
    statuses: frozenset[str]
    """The answers that have them."""


def operations_of(document: Document) -> Iterator[Operation]:
    """Yield the operations of an OpenAPI document."""
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield Operation(method=method, path=path, told=told)


def add_details(document: Document) -> None:
    """Complete the document in place."""
    document["servers"] = [*SERVERS]
    document["components"]["headers"] = dict(_HEADERS)
    operations = list(operations_of(document))
    document["tags"] = _tags(operations)
    for operation in operations:
        for parameter in operation.told.get("parameters", []):
            _leave_out_null(parameter["schema"])
        if "304" in operation.told["responses"]:
            _add_condition(operation.told)
        _add_headers(operation)
        _add_examples(operation)
    _add_links(operations)


def _tags(operations: list[Operation]) -> list[Document]:
    used = {tag for operation in operations for tag in operation.told.get("tags", [])}
    of_kinds = (
        {"name": plural, "description": f"Submit {plural}, follow them, change them, end them"}
        for plural in (kind.plural for kind in KINDS.values())
    )
    return [tag for tag in (*of_kinds, *_TAGS) if tag["name"] in used]


@cache
def load_examples() -> dict[str, Any]:
    """Return the recorded examples, by operation."""
    text = files("api").joinpath("examples.json").read_text(encoding="utf-8")
    examples: dict[str, Any] = json.loads(text)
    return examples


def _leave_out_null(schema: Document) -> None:
    """Leave null out: a parameter that is left out is not sent as null."""
    values = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(values) == 1:
        del schema["anyOf"]
        schema.update(values[0] | schema)


def _add_condition(told: Document) -> None:
    parameters = told.setdefault("parameters", [])
    if not any(known["name"].lower() == "if-none-match" for known in parameters):
        parameters.append(dict(_IF_NONE_MATCH))
    _headers_of(told, "200")["ETag"] = _reference("ETag")
    _headers_of(told, "304").update(_headers_of(told, "200"))


def _add_headers(operation: Operation) -> None:
    for status, response in operation.told["responses"].items():
        _headers_of(operation.told, status).update(
            {name: _reference(name) for name in _headers_sent(operation, status, response)}
        )


def _headers_sent(operation: Operation, status: str, response: Document) -> Iterator[str]:
    yield "X-Request-ID"
    if "security" in operation.told and status != "401":
        yield from ("RateLimit-Policy", "RateLimit")
    if "uploads" in operation.told.get("tags", ()):
        yield "Tus-Resumable"
    if status == "201":
        yield "Location"
    if status < "300" and operation.method == "post":
        yield "Idempotency-Replayed"
    content = response.get("content", {})
    codes = content.get("application/problem+json", {}).get("examples", {})
    yield from (_OF_PROBLEMS[code] for code in codes if code in _OF_PROBLEMS)


def _add_examples(operation: Operation) -> None:
    recorded = load_examples().get(operation.id, {})
    content = operation.told.get("requestBody", {}).get("content", {})
    for described in content.values():
        if "request" in recorded and not {"example", "examples"} & set(described):
            described["example"] = recorded["request"]
    for status, answers in recorded.get("answers", {}).items():
        content = operation.told["responses"].get(status, {}).get("content", {})
        for media_type, example in answers.items():
            if media_type in content:
                content[media_type].setdefault("example", example)


def _add_links(operations: list[Operation]) -> None:
    """Link each answer that names something to the operations on it."""
    by_id = {operation.id: operation.told for operation in operations}
    for link in _links(operations):
        responses = by_id[link.source]["responses"] if link.source in by_id else {}
        for status in link.statuses & responses.keys():
            links = responses[status].setdefault("links", {})
            links[link.target] = {"operationId": link.target, "parameters": dict(link.parameters)}


def _links(operations: list[Operation]) -> Iterator[Link]:
    makers = _MAKERS | {kind.id_field: f"create_{kind.noun}" for kind in KINDS.values()}
    found = _FOUND | {
        f"list_{kind.plural}": (f"get_{kind.noun}", {kind.id_field: _FIRST_ID})
        for kind in KINDS.values()
    }
    for child in operations:
        for parameter, maker in makers.items():
            if f"{{{parameter}}}" in child.path:
                yield Link(
                    source=maker, target=child.id, parameters={parameter: _ID}, statuses=_MADE
                )
    for source, (target, parameters) in found.items():
        yield Link(source=source, target=target, parameters=parameters, statuses=_MADE | {"200"})


def _headers_of(told: Document, status: str) -> Document:
    headers: Document = told["responses"][status].setdefault("headers", {})
    return headers


def _reference(name: str) -> Document:
    return {"$ref": f"#/components/headers/{name}"}
