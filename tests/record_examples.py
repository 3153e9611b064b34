"""Records the answers that the OpenAPI document shows: `python -m tests.record_examples`.

A service is started on a fresh database with one search that has ended, and asked everything that
its own OpenAPI document tells of. Long lists and texts are cut short.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from api.docs.openapi_details import Operation, operations_of
from api.resources.security import LOCAL_OWNER
from api.schemas.genotype_import import EXAMPLE_CELLS, EXAMPLE_PYTHON
from pdarts_core.config import PRESETS
from pdarts_core.export import save_weights
from store.database import Database
from store.kinds import EVALUATION, SEARCH, Kind
from store.settings import Settings
from store.states import DeliveryState
from store.tables import Delivery
from tests.api.work import end_badly, make_worker
from tests.fuzz import LOOPBACK, WEBHOOKS_ON_LOOPBACK
from tests.support.attempts import run_attempt
from tests.support.databases import make_sqlite_template, sqlite_database
from tests.support.evaluation_jobs import evaluate
from tests.support.http_service import serve
from tests.support.image_archives import archive_of_digits
from tests.support.keys import bearer, make_key
from tests.support.played_search import play_search
from tests.support.servers import RedisServer
from tests.support.uploads import insert_upload, receive
from tests.support.weights_files import make_weights

EXAMPLES = Path(__file__).parents[1] / "api" / "examples.json"
_PLAYED = replace(PRESETS["quick"], seed=3)
"""Both of its cells have skip-connects."""
_TRAINED = {
    "name": "digits, small",
    "max_images": None,
    "epochs": 8,
    "batch_size": 32,
    "init_channels": 8,
    "learning_rate": 0.1,
    "drop_path_prob": 0.0,
}
_SENT, _TAKEN_HOME = (save_weights(make_weights(seed)) for seed in (1, 2))
_UPLOAD = {"Upload-Length": "59265", "Upload-Metadata": "filename Zmxvd2Vycy56aXA="}
_LONGEST_LIST = 8
_SHOWN = 2
_BINARY = frozenset({"application/octet-stream", "application/zip", "image/png"})
_LONGEST_TEXT = 600

_QUERIES = {"list_search_alphas": {"stage": "1", "epoch": "5"}}
_NEW_SEARCH = {"dataset": "digits", "preset": "quick", "name": "first try"}
_NEW_EVALUATION = {
    "dataset": "digits",
    "preset": "quick",
    "name": "first try",
    "genotype_document": EXAMPLE_CELLS,
}
_BODIES: dict[str, Any] = {
    "create_webhook": {"url": LOOPBACK, "events": ["search.succeeded"]},
    "change_webhook": {"enabled": True},
    "create_key": {
        "owner": "team-a",
        "name": "laptop",
        "scopes": ["submit"],
        "expires_in_days": 90,
    },
    "create_dataset": {"name": "ones-and-sevens", "upload": "upl_06dn5q2s3o8mhf2v0c1k7t4b9g"},
    "create_search": _NEW_SEARCH,
    "create_evaluation": _NEW_EVALUATION,
    "change_evaluation": {"name": "second try", "metadata": {"ticket": 1234}, "priority": 10},
    "change_search": {"name": "second try", "metadata": {"ticket": 1234}, "priority": 10},
    "derive_genotype": {"max_skip_connects": 2, "max_skip_connects_reduce": 0},
    "import_genotype": {"name": "by hand", "python": EXAMPLE_PYTHON},
}
_BEFORE = {"resume": "pause", "delete": "cancel"}
"""What is done to a fresh job before it can be moved."""
_MOVES = frozenset({"cancel", "pause", "resume", "change", "delete", "retry"})
_PLANNED = frozenset({"create_search", "create_evaluation"})
_FRESH: dict[str, tuple[Kind, Any]] = {
    "search_id": (SEARCH, _NEW_SEARCH),
    "evaluation_id": (EVALUATION, _NEW_EVALUATION),
}
"""What is submitted to be moved."""


@dataclass(kw_only=True)
class _Recorder:
    client: httpx.Client
    database: Database
    settings: Settings
    search_id: str
    evaluation_id: str
    genotype_id: str
    weights_id: str
    upload_id: str
    worker_id: str
    webhook_id: str

    def record(self, operation: Operation) -> dict[str, Any]:
        if operation.method == "get":
            return {"answers": {"200": dict(self._read(operation))}}
        body = _BODIES.get(operation.id)
        url = self._url(operation)
        request = {} if body is None else {"request": body}
        answers: dict[str, Any] = {}
        for query in ("", "?dry_run=true") if operation.id in _PLANNED else ("", ""):
            answer = self._send(operation, url + query, body)
            if answer.status_code in {200, 201, 202}:
                answers[str(answer.status_code)] = {"application/json": shortened(answer.json())}
        return request | {"answers": answers}

    def _send(self, operation: Operation, url: str, body: Any) -> httpx.Response:
        if operation.id == "put_dataset":
            return self.client.put(url, content=archive_of_digits())
        if operation.id == "create_dataset":
            body = {**body, "upload": self._fresh_upload()}
        if operation.id == "send_weights":
            return self.client.post(url, content=_SENT, params={"name": "released.safetensors"})
        if operation.id == "create_upload":
            return self.client.post(url, headers=_UPLOAD)
        return self.client.request(operation.method, url, json=body)

    def _read(self, operation: Operation) -> Iterator[tuple[str, Any]]:
        url, query = self._url(operation), _QUERIES.get(operation.id, {})
        for media_type in operation.told["responses"]["200"]["content"]:
            if media_type in _BINARY:
                continue  # which no text shows
            answer = self.client.get(url, params=query, headers={"Accept": media_type})
            assert answer.status_code == 200, (operation.id, answer.text)
            if media_type == "application/json":
                yield media_type, shortened(answer.json())
            else:
                yield media_type, shortened_text(answer.text)

    def _url(self, operation: Operation) -> str:
        values = {
            "search_id": self._job_for(operation, "search_id"),
            "evaluation_id": self._job_for(operation, "evaluation_id"),
            "genotype_id": self.genotype_id,
            "weights_id": self.weights_id,
            "upload_id": self.upload_id,
            "worker_id": self.worker_id,
            "webhook_id": self.webhook_id,
            "delivery_id": self._ended_delivery() if "{delivery_id}" in operation.path else "",
            "key_id": self._fresh_key() if operation.path.endswith("{key_id}") else "",
            "stage": "1",
            "name": "quick" if "preset" in operation.path else "threes-and-eights",
        }
        return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], operation.path)

    def _job_for(self, operation: Operation, named: str) -> str:
        kind, body = _FRESH[named]
        move = operation.id.removesuffix(f"_{kind.noun}")
        if move not in _MOVES:
            return str(getattr(self, named))
        path = f"/{kind.plural}"
        fresh = str(self.client.post(path, json=body).json()["id"])
        if move == "retry":
            end_badly(self.database, fresh)
        if move in _BEFORE:
            self.client.post(f"{path}/{fresh}/{_BEFORE[move]}")
        return fresh

    def _fresh_key(self) -> str:
        return str(self.client.post("/keys", json=_BODIES["create_key"]).json()["id"])

    def _fresh_upload(self) -> str:
        archive = archive_of_digits({1: "one", 7: "seven"})
        with self.database.write() as session:
            upload_id = insert_upload(session, size=len(archive))
        receive(self.settings, upload_id, archive)
        return upload_id

    def _ended_delivery(self) -> str:
        ping = self.client.post(f"/webhooks/{self.webhook_id}/ping").json()
        with self.database.write() as session:
            delivery = session.get_one(Delivery, ping["id"])
            delivery.state = DeliveryState.DEAD
        return str(ping["id"])


def shortened(value: Any) -> Any:
    """Return a JSON value with its long lists cut."""
    if isinstance(value, dict):
        return {name: shortened(member) for name, member in value.items()}
    if isinstance(value, list):
        longest = _SHOWN if value and isinstance(value[0], dict) else _LONGEST_LIST
        shown = value if len(value) <= longest else value[:_SHOWN]
        return [shortened(item) for item in shown]
    return round(value, 6) if isinstance(value, float) else value


def shortened_text(text: str) -> str:
    """Return a text with its end cut off, after a whole line if possible."""
    if len(text) <= _LONGEST_TEXT:
        return text
    cut = text[:_LONGEST_TEXT]
    return cut[: cut.rfind("\n") + 1] or cut + "…"


def record(home: Path) -> dict[str, Any]:
    """Return the examples of every operation."""
    redis = RedisServer(home)
    redis.start()
    try:
        with sqlite_database(make_sqlite_template(home), home) as url:
            # Keys are made over HTTP only where they are required.
            settings = Settings(
                home=home,
                database_url=url,
                redis_url=redis.url,
                auth="on",
                requests_per_minute=0,
                active_jobs=0,
                event_streams=0,
                **WEBHOOKS_ON_LOOPBACK,
            )
            database = Database(url)
            key = make_key(database, owner=LOCAL_OWNER)
            with serve(settings) as client:
                client.headers.update(bearer(key.text))
                with database.write() as session:
                    search_id = play_search(session, _PLAYED, name="digits, quick")
                    worker_id = make_worker(session)
                genotype_id = client.get(f"/searches/{search_id}/genotype").json()["id"]
                evaluation_id = evaluate(database, home, **_TRAINED)
                client.put("/datasets/threes-and-eights", content=archive_of_digits())
                run_attempt(database, home)
                webhook = client.post("/webhooks", json=_BODIES["create_webhook"]).json()
                recorder = _Recorder(
                    client=client,
                    database=database,
                    settings=settings,
                    search_id=search_id,
                    evaluation_id=evaluation_id,
                    genotype_id=genotype_id,
                    weights_id=client.post("/weights", content=_TAKEN_HOME).json()["id"],
                    upload_id=client.post("/uploads", headers=_UPLOAD).json()["id"],
                    worker_id=worker_id,
                    webhook_id=webhook["id"],
                )
                document = client.get("/openapi.json").json()
                examples = {
                    operation.id: recorder.record(operation)
                    for operation in sorted(operations_of(document), key=_deletions_last)
                }
                examples["get_readiness"]["answers"]["503"] = _unready(examples)
                return examples
    finally:
        redis.stop()


def _deletions_last(operation: Operation) -> tuple[bool, str]:
    return operation.method == "delete", operation.id


def _unready(examples: dict[str, Any]) -> dict[str, Any]:
    ready = examples["get_readiness"]["answers"]["200"]["application/json"]
    failed = {
        "status": "unavailable",
        "database": {"status": "failed", "detail": "no answer: OperationalError"},
        "schema_revision": {"status": "failed", "detail": "not known"},
    }
    return {"application/json": ready | failed}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        examples = record(Path(folder))
    lines = (
        f"{json.dumps(name)}: {json.dumps(example, ensure_ascii=False)}".replace(
            LOOPBACK, "https://example.org/pdarts"
        )
        for name, example in examples.items()
    )
    EXAMPLES.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
