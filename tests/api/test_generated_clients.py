"""Clients that are generated from /openapi.json send what their users set, and nothing else."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
NODE_BIN = ROOT / "node_modules" / ".bin"
PACKAGE = "generated_from_openapi"
QUICK = {"dataset": "digits", "preset": "quick"}


@pytest.fixture(scope="module")
def document(shared_client: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("openapi") / "openapi.json"
    file.write_text(shared_client.get("/openapi.json").text)
    return file


class GeneratedClient:
    """What openapi-python-client makes of the document, and a connection of it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def model(self, name: str, /, *words: Any, **fields: Any) -> Any:
        return getattr(self._load("models"), name)(*words, **fields)

    def quick_request(self) -> Any:
        preset = self.model("SearchRequestPreset", QUICK["preset"])
        return self.model("SearchRequest", dataset=QUICK["dataset"], preset=preset)

    def call(self, operation: str, *words: Any, **named: Any) -> Any:
        module = self._load(f"api.searches.{operation}")
        return module.sync_detailed(*words, client=self._connection, **named)

    @staticmethod
    def _load(module: str) -> ModuleType:
        return importlib.import_module(f"{PACKAGE}.{module}")


@pytest.fixture(scope="module")
def generated(document: Path, shared_client: httpx.Client) -> Iterator[GeneratedClient]:
    package = document.with_name(PACKAGE)
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    # It formats what it made with the ruff that it finds.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(
        [*command, "--path", document, "--output-path", package],
        env={**os.environ, "PATH": path},
        check=True,
        capture_output=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(document.parent)
        library = importlib.import_module(PACKAGE)
        with library.Client(base_url=str(shared_client.base_url)) as connection:
            yield GeneratedClient(connection)


@pytest.fixture(scope="module")
def search(generated: GeneratedClient, shared_client: httpx.Client) -> Iterator[Any]:
    """A search that the generated client submitted with two fields set."""
    answer = generated.call("create_search", body=generated.quick_request())
    assert answer.status_code == 202
    yield answer.parsed
    shared_client.post(f"/searches/{answer.parsed.id}/cancel")
    assert shared_client.delete(f"/searches/{answer.parsed.id}").status_code == 204


class TestPython:
    """By openapi-python-client."""

    def test_a_request_holds_what_was_set(self, generated: GeneratedClient) -> None:
        assert generated.quick_request().to_dict() == QUICK

    def test_a_search_gets_the_values_of_its_preset(
        self, search: Any, shared_client: httpx.Client
    ) -> None:
        assert search.spec.batch_size == 64
        preset = shared_client.get("/presets/quick").json()["spec"]
        assert preset.items() <= search.spec.to_dict().items()

    def test_a_change_changes_what_was_set(self, generated: GeneratedClient, search: Any) -> None:
        for change in ({"priority": 7}, {"name": "by a generated client"}):
            body = generated.model("SearchPatch", **change)
            answer = generated.call("change_search", search.id, body=body)
            assert answer.status_code == 200
        assert answer.parsed.spec.priority == 7
        assert answer.parsed.spec.name == "by a generated client"

    def test_a_search_is_cancelled(self, generated: GeneratedClient, search: Any) -> None:
        assert generated.call("cancel_search", search.id).parsed.status == "cancelled"


class TestTypeScript:
    """By openapi-typescript, from the packages that package-lock.json pins."""

    def test_a_search_needs_its_data_set_alone(self, document: Path) -> None:
        run_node("openapi-typescript", document, "--output", document.with_name("service.ts"))
        source = document.with_name("body.ts")
        source.write_text(
            'import type { components } from "./service";\n'
            'type Spec = components["schemas"]["SearchRequest"];\n'
            f"export const quick: Spec = {json.dumps(QUICK)};\n"
            'export const staged: Spec = { dataset: "digits", stages: [{ layers: 5 }] };\n'
            'export const change: components["schemas"]["SearchPatch"] = { priority: 1 };\n'
            "// @ts-expect-error: a data set must be named\n"
            'export const nowhere: Spec = { preset: "quick" };\n'
            "// @ts-expect-error: there is no such preset\n"
            'export const slow: Spec = { dataset: "digits", preset: "slow" };\n'
        )
        run_node("tsc", "--noEmit", "--strict", source)


def run_node(tool: str, *words: Any) -> None:
    program = NODE_BIN / tool
    assert program.exists(), f"{tool} is not installed; npm installs it: make node_modules"
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
