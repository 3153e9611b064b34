"""The program that looks into files of strangers: what it says of each, and what it may use."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from api.resources.weights_reader import REFUSALS
from pdarts_core.export import save_weights
from tests.support.weights_files import Payload, make_weights, memory_bomb, written, zip_bomb
from worker.weights_reader import REASONS, describe


def with_bias(value: torch.Tensor) -> bytes:
    return save_weights(make_weights() | {"classifier.bias": value})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (lambda: written(make_weights())[:-100], "unreadable"),
        (lambda: save_weights(make_weights())[:-100], "unreadable"),
        (lambda: written(make_weights(), legacy=True)[:-100], "unreadable"),
        (lambda: written(list(make_weights().values())), "unreadable"),
        (lambda: written({"name\ud800": torch.zeros(1)}), "unreadable"),
        (lambda: written({"w": Payload(Path("/nowhere"))}), "unsafe"),
        (lambda: written({"w": Payload(Path("/nowhere"))}, legacy=True), "unsafe"),
        (lambda: with_bias(torch.zeros(2**40, 0)), "unreadable"),
        (zip_bomb, "too_costly"),
        (lambda: written({"w": torch.zeros(1).expand(2**20)}), "too_costly"),
        (lambda: with_bias(torch.full((10,), float("nan"))), "not_finite"),
        (lambda: with_bias(torch.zeros(10, dtype=torch.int64)), "not_float"),
    ],
)
def test_each_file_that_cannot_be_used_is_told_why(
    content: Callable[[], bytes], reason: str
) -> None:
    told = describe(content)

    assert told["refused"] == reason
    assert json.dumps(told["detail"]).isascii()


def test_what_it_says_has_an_error_of_the_interface() -> None:
    assert set(REASONS.values()) == set(REFUSALS)


def run(content: bytes, tmp_path: Path) -> list[Any]:
    """Run the program, and return its lines."""
    file = tmp_path / "weights"
    file.write_bytes(content)
    with file.open("rb") as opened:
        command = [sys.executable, "-m", "worker.weights_reader"]
        ended = subprocess.run(command, stdin=opened, capture_output=True, check=False)
        assert opened.tell() == 0
    return ended.stdout.decode().splitlines()


def test_it_may_use_little_more_memory_than_the_file_has_bytes(tmp_path: Path) -> None:
    begun, answer = run(memory_bomb(), tmp_path)

    assert begun == "reading"
    assert json.loads(answer)["refused"] == "too_costly"
