"""`pdarts evaluation …` and `pdarts model …`, as people and scripts type them."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import onnxruntime
import pytest
from PIL import Image
from safetensors.torch import load

from store.artifact_stores import open_artifacts
from store.database import Database
from store.model_files import WRONG_CELL, WRONG_COLUMNS, model_folder
from store.settings import Settings
from tests.support.evaluation_jobs import CELLS, evaluate

Typing = Callable[..., Any]
CREATE = ("evaluation", "create", "--dataset", "digits", "--preset", "quick", "--spec", "-")
SENT = json.dumps({"genotype_document": CELLS})


def made(typed: Typing, *words: str) -> str:
    created = typed(*CREATE, *words, stdin=SENT)
    assert created.code == 0, created.messages
    return str(created.output.strip())


def test_one_is_created_listed_shown_moved_and_deleted(typed: Typing) -> None:
    evaluation_id = made(typed, "--name", "mine", "--epochs", "3")
    assert evaluation_id.startswith("eval_")
    assert evaluation_id in typed("evaluation", "list", "--status", "queued").output
    shown = typed("evaluation", "show", evaluation_id).output
    assert "quick on digits, seed 0" in shown
    assert typed("evaluation", "pause", evaluation_id).output == f"{evaluation_id}  paused\n"
    assert typed("evaluation", "resume", evaluation_id).code == 0
    assert typed("evaluation", "retry", evaluation_id).code == 8
    assert typed("evaluation", "cancel", evaluation_id).output == f"{evaluation_id}  cancelled\n"
    assert typed("evaluation", "logs", evaluation_id).output.count("\n") > 3
    assert typed("evaluation", "watch", evaluation_id).code == 9
    assert typed("evaluation", "delete", evaluation_id, "--json").objects == [
        {"id": evaluation_id, "deleted": True}
    ]
    assert typed("evaluation", "show", evaluation_id).code == 7


def test_a_genotype_is_named_by_its_id(typed: Typing, tmp_path: Path) -> None:
    (tmp_path / "cells.json").write_text(json.dumps(CELLS))
    genotype_id = typed("genotype", "import", str(tmp_path / "cells.json")).output.strip()
    words = ("evaluation", "create", genotype_id, "--dataset", "digits", "--preset", "quick")
    (created,) = typed(*words, "--json").objects
    assert created["genotype"]["id"] == genotype_id
    listed = typed("evaluation", "list", "--genotype", genotype_id, "--json").objects
    assert [one["id"] for one in listed] == [created["id"]]
    refused = typed("evaluation", "create", "eval_0", "--dataset", "digits")
    assert (refused.code, "gt_…" in refused.messages) == (2, True)


def test_a_dry_run_tells_how_large_the_network_is(typed: Typing) -> None:
    told = typed(*CREATE, "--dry-run", stdin=SENT).output
    assert "quick on digits: " in told
    assert " parameters, " in told
    assert " multiply-adds in all; no time known yet" in told
    assert typed("evaluation", "list", "--json").objects == []


def test_a_dry_run_tells_how_long_a_cpu_takes_and_how_rough_that_is(typed: Typing) -> None:
    words = ("--preset", "short", "--device", "cpu", "--dry-run")
    create = ("evaluation", "create", "--dataset", "cifar10", "--spec", "-")
    told = typed(*create, *words, stdin=SENT).output
    assert re.search(r"about [0-9]+ h on cpu, judging by one thread of .*; your machine may", told)
    assert "a rough guess: it may take 1/3 of that, or 3 times as long" in told
    assert "warning: The evaluation is expected to take about " in told


def test_what_speaks_against_it_is_told_wherever_it_is_shown(typed: Typing) -> None:
    few = (*CREATE, "--max-images", "40")
    assert "warning: batch_size is 64" in typed(*few, "--dry-run", stdin=SENT).output
    created = typed(*few, stdin=SENT)
    assert "warning: batch_size is 64" in created.messages
    shown = typed("evaluation", "show", created.output.strip()).output
    assert "warning: batch_size is 64" in shown


def test_its_figures_and_its_network_are_there_at_its_end(
    typed: Typing, database: Database, settings: Settings, tmp_path: Path
) -> None:
    evaluation_id = evaluate(database, settings.home)
    watched = typed("evaluation", "watch", evaluation_id)
    assert watched.code == 0
    assert "epoch   2/2  loss" in watched.output
    assert f"pdarts model get {evaluation_id}" in watched.messages
    assert "of 360 test images" in watched.messages
    shown = typed("evaluation", "show", evaluation_id).output
    interval = r"95% interval [\d.]+% to [\d.]+%"
    assert re.search(rf"of 360 test images, {interval}, chance 10\.3%\n", shown)
    assert re.search(rf"top 5 +[\d.]+%, {interval}\n", shown)
    assert re.search(r"loss +[\d.]+, 95% interval [\d.]+ to [\d.]+\n", shown)
    result = typed("evaluation", "result", evaluation_id)
    assert "CLASS  IMAGES  RIGHT  ACCURACY (95% INTERVAL)" in result.output
    assert len(typed("evaluation", "result", evaluation_id, "--json").objects[0]["confusion"]) == 10
    file = tmp_path / "mine.safetensors"
    saved = typed("model", "get", evaluation_id, "--out", str(file))
    assert (saved.code, saved.output) == (0, f"{file}\n")
    assert "classifier.weight" in load(file.read_bytes())
    (told,) = typed(
        "model", "get", evaluation_id, "--format", "torch", "--out", str(file), "--json"
    ).objects
    assert told["bytes"] == len(file.read_bytes())
    typed("model", "get", evaluation_id, "--layout", "published", "--out", str(file))
    assert any("._ops." in name for name in load(file.read_bytes()))
    onnx = ("model", "get", evaluation_id, "--format", "onnx", "--pixels", "float32")
    assert typed(*onnx, "--out", str(file)).code == 0
    (images,) = onnxruntime.InferenceSession(file).get_inputs()
    assert images.type == "tensor(float)"
    typed("model", "get", evaluation_id, "--format", "zip", "--out", str(file))
    with ZipFile(file) as archive:
        assert f"{evaluation_id}-last/README.md" in archive.namelist()


def test_its_surest_mistakes_are_saved_as_a_picture(
    typed: Typing, database: Database, settings: Settings, tmp_path: Path
) -> None:
    evaluation_id = evaluate(database, settings.home)
    file = tmp_path / "mistakes.png"
    saved = typed("evaluation", "wrong", evaluation_id, "--out", str(file))
    assert (saved.code, saved.output) == (0, f"{file}\n")
    with Image.open(file) as picture:
        assert (picture.format, picture.width) == ("PNG", WRONG_COLUMNS * WRONG_CELL)
    (told,) = typed("evaluation", "wrong", evaluation_id, "--out", str(file), "--json").objects
    assert told["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    refused = typed("evaluation", "wrong", made(typed))
    assert (refused.code, "no_result_yet" in refused.messages) == (8, True)


def test_a_model_that_is_damaged_is_not_saved(
    typed: Typing, database: Database, settings: Settings, tmp_path: Path
) -> None:
    evaluation_id = evaluate(database, settings.home)
    artifacts = open_artifacts(settings.artifacts_url)
    for key in artifacts.keys(model_folder(evaluation_id)):
        artifacts.put(key, b"torn")
    refused = typed("model", "get", evaluation_id, "--out", str(tmp_path / "model"))
    assert (refused.code, "model_damaged" in refused.messages) == (1, True)
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("evaluation", "create", "--dataset", "digits"), 2, "name a genotype"),
        (("evaluation", "show", "eval_0"), 7, "eval_0"),
        (("model", "get", "eval_0", "--format", "png"), 2, "safetensors"),
        (("model", "get", "eval_0", "--which", "worst"), 2, "best"),
        (("model", "get", "eval_0", "--layout", "mine"), 2, "published"),
        (("model", "get", "eval_0", "--format", "onnx", "--pixels", "int4"), 2, "float32"),
        (("model", "get", "eval_0", "--format", "zip", "--pixels", "float32"), 2, "onnx alone"),
        (("model", "get", "eval_0", "--format", "onnx", "--layout", "published"), 2, "one layout"),
    ],
)
def test_what_cannot_be_is_told_with_its_code(
    typed: Typing, words: tuple[str, ...], code: int, reason: str
) -> None:
    refused = typed(*words)
    assert (refused.code, reason in refused.messages) == (code, True)
