"""Every operation that the OpenAPI document has, and how to call it.

A route with a parameter or a body of a kind that is not told here is not called blindly: the tests
that go over all routes fail until it is told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from api.endpoint.tus import PART
from pdarts_core.genotype import Genotype, to_dict
from pdarts_core.space.cells import CONCAT
from tests.api.calls import QUICK

OWNED = frozenset(
    {
        "search_id",
        "evaluation_id",
        "genotype_id",
        "weights_id",
        "upload_id",
        "webhook_id",
        "delivery_id",
    }
)
"""Path parameters that name what belongs to somebody."""
NOBODYS: Mapping[str, str] = {
    "search_id": "srch_0000000000000000000000000v",
    "evaluation_id": "eval_0000000000000000000000000v",
    "genotype_id": "gt_0000000000000000000000000v",
    "weights_id": "wts_0000000000000000000000000v",
    "upload_id": "upl_0000000000000000000000000v",
    "worker_id": "wrk_0000000000000000000000000v",
    "key_id": "key_0000000000000000000000000v",
    "webhook_id": "whk_0000000000000000000000000v",
    "delivery_id": "msg_0000000000000000000000000v",
}
"""Ids of nothing."""
HOOK = "http://127.0.0.1:1024/hook"
"""Where nobody listens."""
_ENTRIES = [("sep_conv_3x3", entry % 2) for entry in range(8)]
CELLS = to_dict(Genotype(_ENTRIES, list(CONCAT), _ENTRIES, list(CONCAT)))
_BODIES: Mapping[str, Any] = {
    "create_evaluation": {"dataset": "digits", "preset": "quick", "genotype_document": CELLS},
    "change_evaluation": {"name": "changed"},
    "create_search": QUICK,
    "change_search": {"name": "changed"},
    "derive_genotype": {"max_skip_connects": 4},
    "import_genotype": CELLS,
    "send_weights": b"no weights",
    "append_to_upload": b"once",
    "create_dataset": {"name": "sent", "upload": "upl_0000000000000000000000000v"},
    "put_dataset": b"no archive",
    "create_webhook": {"url": HOOK, "events": ["search.succeeded"]},
    "change_webhook": {"enabled": True},
    "create_key": {"owner": "bob", "name": "one more", "scopes": ["read"]},
}
_HEADERS: Mapping[str, Mapping[str, str]] = {
    "create_upload": {"Upload-Length": "10"},
    "append_to_upload": {"Upload-Offset": "0", "Content-Type": PART},
}
_PATH_VALUES = {
    "stage": "1",
    "get_preset/name": "quick",
    "get_dataset/name": "digits",
    "get_samples/name": "sent",
    "put_dataset/name": "sent",
    "check_dataset/name": "sent",
    "delete_dataset/name": "sent",
}
_QUERY_VALUES = {"stage": "1"}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of the document."""

    name: str
    method: str
    path: str
    path_parameters: tuple[str, ...]
    required: tuple[str, ...]
    """Query parameters."""
    body: Any = field(default=None)
    scopes: tuple[str, ...] | None
    """What it says that a caller needs; None: it is open to everyone."""

    @property
    def names_an_owned_thing(self) -> bool:
        return not OWNED.isdisjoint(self.path_parameters)

    def call(self, client: httpx.Client, ids: Mapping[str, str] = NOBODYS) -> httpx.Response:
        values = {name: self._value(name, ids) for name in self.path_parameters}
        query = {name: _QUERY_VALUES[name] for name in self.required}
        path = self.path.format_map(values)
        words: dict[str, Any] = {"params": query, "headers": _HEADERS.get(self.name)}
        if isinstance(self.body, bytes):
            return client.request(self.method, path, content=self.body, **words)
        return client.request(self.method, path, json=self.body, **words)

    def _value(self, name: str, ids: Mapping[str, str]) -> str:
        if name in ids:
            return ids[name]
        return _PATH_VALUES.get(name) or _PATH_VALUES[f"{self.name}/{name}"]


def operations(client: httpx.Client) -> Iterator[Operation]:
    """Yield every operation; those that change nothing first, those that delete last."""
    paths = client.get("/openapi.json").json()["paths"]
    found = [
        _operation(path, method, told)
        for path, item in paths.items()
        for method, told in item.items()
    ]
    order = {"GET": 0, "DELETE": 2}
    yield from sorted(found, key=lambda operation: order.get(operation.method, 1))


def _operation(path: str, method: str, told: dict[str, Any]) -> Operation:
    parameters = told.get("parameters", [])
    name = told["operationId"]
    assert ("requestBody" in told) == (name in _BODIES), f"tell every_route.py a body for {name}"
    security = told.get("security")
    return Operation(
        name=name,
        method=method.upper(),
        path=path,
        path_parameters=tuple(p["name"] for p in parameters if p["in"] == "path"),
        required=tuple(p["name"] for p in parameters if p["in"] == "query" and p.get("required")),
        body=_BODIES.get(name),
        scopes=None if security is None else tuple(security[0]["api_key"]),
    )
