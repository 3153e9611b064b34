"""`pdarts weights …`, as people and scripts type them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pdarts_core.export import save_weights
from tests.support.evaluation_jobs import CELLS
from tests.support.weights_files import make_weights

Typing = Callable[..., Any]
TESTED = ("evaluation", "create", "--dataset", "digits", "--preset", "quick", "--spec", "-")


def test_a_file_is_pushed_shown_tested_and_deleted(typed: Typing, tmp_path: Path) -> None:
    file = tmp_path / "released.pt"
    file.write_bytes(save_weights(make_weights(), form="torch", layout="published"))

    pushed = typed("weights", "push", str(file))

    assert pushed.code == 0, pushed.messages
    weights_id = pushed.output.strip()
    assert weights_id.startswith("wts_")
    listed = typed("weights", "list").output.splitlines()[1]
    assert listed.startswith(f"{weights_id}  published  cifar  2         3      10       2,092")
    shown = typed("weights", "show", weights_id).output
    assert "3 cells, 2 channels, stem cifar, 10 classes\n" in shown
    assert "released.pt" in shown
    small = ("--set", "layers=3", "--set", "init_channels=2", "--set", "auxiliary_weight=0")
    sent = json.dumps({"genotype_document": CELLS})
    words = (*TESTED, "--weights", weights_id, "--epochs", "0", *small)
    created = typed(*words, stdin=sent)
    assert created.code == 0, created.messages
    evaluation_id = created.output.strip()
    assert weights_id in typed("evaluation", "show", evaluation_id).output
    found = typed("evaluation", "list", "--weights", weights_id, "--json").objects
    assert [one["id"] for one in found] == [evaluation_id]
    refused = typed("weights", "delete", weights_id)
    assert (refused.code, "weights_in_use" in refused.messages) == (8, True)
    assert typed("evaluation", "cancel", evaluation_id).code == 0
    assert typed("weights", "delete", weights_id, "--json").objects == [
        {"id": weights_id, "deleted": True}
    ]
    assert typed("weights", "show", weights_id).code == 7
    assert typed("weights", "list", "--json").objects == []


def test_what_cannot_be_is_told_with_its_code(typed: Typing, tmp_path: Path) -> None:
    (tmp_path / "text.pt").write_text("once upon a time")
    for words, reason in (
        (("push", str(tmp_path / "text.pt")), "weights_unreadable"),
        (("push", str(tmp_path / "nothing.pt")), "cannot read"),
        (("push", str(tmp_path)), "cannot read"),
    ):
        refused = typed("weights", *words)
        assert (refused.code, reason in refused.messages) == (2, True), refused.messages
