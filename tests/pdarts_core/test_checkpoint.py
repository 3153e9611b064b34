"""A checkpoint comes back whole, or not at all."""

import hashlib
import io
import os
import pickle
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pdarts_core.search import run_search
from pdarts_core.space.cells import CellPair, all_operations
from pdarts_core.stages.checkpoint import (
    FORMAT_VERSION,
    Checkpoint,
    CheckpointError,
    CheckpointMismatch,
    load,
    save,
)
from pdarts_core.stages.events import StepFinished
from tests.support.searches import make_config, make_dataset

HEADER_SIZE = 51


def in_mid_epoch() -> Checkpoint:
    """A checkpoint of an architecture epoch: every part of a search has begun."""
    for event in run_search(make_config(), make_dataset(), device="cpu"):
        if isinstance(event, StepFinished) and (event.epoch, event.step) == (2, 2):
            return event.snapshot()
    raise AssertionError


@pytest.fixture(scope="module")
def saved() -> bytes:
    return save(in_mid_epoch())


def beginning() -> Checkpoint:
    kept = CellPair(normal=all_operations(), reduce=all_operations())
    return Checkpoint(fingerprint="f", stage=0, kept=kept, results=(), state=None)


def test_all_of_it_comes_back() -> None:
    checkpoint = in_mid_epoch()
    loaded = load(save(checkpoint))
    assert same(loaded, checkpoint)
    assert loaded.state is not None
    assert (loaded.stage, loaded.state.epoch, loaded.state.step) == (0, 1, 2)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if hasattr(one, "__dataclass_fields__"):
        return type(one) is type(other) and same(vars(one), vars(other))
    return type(one) is type(other) and bool(one == other)


def test_what_has_not_begun_is_small() -> None:
    data = save(beginning())
    assert len(data) < 20_000
    assert same(load(data), beginning())


@given(st.data())
def test_a_flipped_bit_is_noticed(saved: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(saved) - 1))
    damaged = bytearray(saved)
    damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(CheckpointError):
        load(bytes(damaged))


@given(st.data())
def test_a_torn_file_is_noticed(saved: bytes, data: st.DataObject) -> None:
    with pytest.raises(CheckpointError):
        load(saved[: data.draw(st.integers(0, len(saved) - 1))])


@given(st.binary(max_size=200))
def test_rubbish_is_refused(rubbish: bytes) -> None:
    with pytest.raises(CheckpointError):
        load(rubbish)


def with_payload(payload: bytes, version: int = FORMAT_VERSION) -> bytes:
    digest = hashlib.sha256(payload).digest()
    return b"pdarts-checkpoint" + version.to_bytes(2, "big") + digest + payload


def test_another_version_is_refused_by_name(saved: bytes) -> None:
    with pytest.raises(CheckpointError, match="format 2, not 1"):
        load(with_payload(saved[HEADER_SIZE:], version=2))


def test_one_that_knows_of_no_validation_is_gone_on_from(saved: bytes) -> None:
    document = torch.load(io.BytesIO(saved[HEADER_SIZE:]), weights_only=True)
    del document["state"]["validation"]
    older = load(with_payload(pickled(document)))
    events = run_search(make_config(), make_dataset(), device="cpu", checkpoint=older)
    assert isinstance(next(events), StepFinished)


class Command:
    """Runs a command where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo unpickled",)


def pickled(value: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"rubbish",
        pickle.dumps(Command(), protocol=2),
        pickled(Command()),
        pickled([1]),
        pickled({}),
    ],
    ids=["empty", "rubbish", "code, pickled", "code, saved by torch", "a list", "nothing in it"],
)
def test_a_payload_that_is_no_checkpoint_is_refused(payload: bytes, capfd: Any) -> None:
    with pytest.raises(CheckpointError):
        load(with_payload(payload))
    assert "unpickled" not in capfd.readouterr().out


@pytest.mark.parametrize(
    ("config", "dataset"),
    [
        (make_config(seed=3), make_dataset()),
        (make_config(batch_size=5), make_dataset()),
        (make_config(), make_dataset(seed=1)),
    ],
)
def test_another_searchs_checkpoint_is_refused_at_once(
    config: Any, dataset: Any, saved: bytes
) -> None:
    with pytest.raises(CheckpointMismatch):
        run_search(config, dataset, device="cpu", checkpoint=load(saved))


def test_a_checkpoint_of_another_type_of_device_is_refused(saved: bytes) -> None:
    checkpoint = load(saved)
    assert checkpoint.state is not None
    elsewhere = replace(checkpoint, state=replace(checkpoint.state, device_type="cuda"))
    with pytest.raises(CheckpointMismatch, match="cuda"):
        run_search(make_config(), make_dataset(), device="cpu", checkpoint=elsewhere)


@pytest.mark.parametrize("change", ["renamed", "reshaped"])
def test_a_checkpoint_of_another_version_of_the_network_is_refused(
    saved: bytes, change: str
) -> None:
    checkpoint = load(saved)
    assert checkpoint.state is not None
    network = dict(checkpoint.state.network)
    name, tensor = network.popitem()
    network |= {f"{name}.old": tensor} if change == "renamed" else {name: tensor[None]}
    older = replace(checkpoint, state=replace(checkpoint.state, network=network))
    with pytest.raises(CheckpointMismatch, match="another version"):
        run_search(make_config(), make_dataset(), device="cpu", checkpoint=older)
