"""A checkpoint comes back whole, or not at all."""

import io
import os
import pickle
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pdarts_core.search import run_search
from pdarts_core.space.cells import CellPair, all_operations
from pdarts_core.stages.checkpoint import (
    Checkpoint,
    CheckpointMismatch,
    check_processes,
    load,
    save,
)
from pdarts_core.stages.checkpoint_file import CheckpointError
from pdarts_core.stages.events import StepFinished
from tests.support.checkpoint_files import HEADER_SIZE, rewritten, with_payload
from tests.support.searches import make_config, make_dataset


@pytest.mark.parametrize(("before", "now"), [(1, 2), (2, 1)])
def test_another_number_of_processes_goes_on_where_an_epoch_begins_alone(
    before: int, now: int
) -> None:
    check_processes(before=before, now=now, is_between_epochs=True)
    check_processes(before=now, now=now, is_between_epochs=False)
    with pytest.raises(CheckpointMismatch, match=f"by {before} processes; .* with {now}"):
        check_processes(before=before, now=now, is_between_epochs=False)


def in_mid_epoch() -> Checkpoint:
    """A checkpoint of an architecture epoch: every part of a search has begun."""
    for event in run_search(make_config(), make_dataset(), device="cpu"):
        if isinstance(event, StepFinished) and (event.epoch, event.step) == (2, 1):
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
    assert (loaded.stage, loaded.state.epoch, loaded.state.step) == (0, 1, 1)


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


def test_a_change_that_the_archive_does_not_notice_is_noticed(saved: bytes) -> None:
    padding = saved.index(b"ZZZZ")
    with pytest.raises(CheckpointError, match="sha256"):
        load(saved[:padding] + b"YYYY" + saved[padding + 4 :])


@given(st.data())
def test_a_torn_file_is_noticed(saved: bytes, data: st.DataObject) -> None:
    with pytest.raises(CheckpointError):
        load(saved[: data.draw(st.integers(0, len(saved) - 1))])


@given(st.binary(max_size=200))
def test_rubbish_is_refused(rubbish: bytes) -> None:
    with pytest.raises(CheckpointError):
        load(rubbish)


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


def pickle_of(payload: bytes, opcodes: bytes) -> bytes:
    """The archive again, with another pickle."""
    return rewritten(
        with_payload(payload),
        lambda name, content: opcodes if name.endswith("data.pkl") else content,
    )


@contextmanager
def little_memory() -> Iterator[None]:
    """Hold that the block takes less than a megabyte of Python's memory."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


class TestWithTheRightDigest:
    """Whoever can write a checkpoint can also write its sha256."""

    @settings(max_examples=25)
    @given(st.data())
    def test_a_pickle_that_is_cut_off_is_refused(self, saved: bytes, data: st.DataObject) -> None:
        def cut(name: str, content: bytes) -> bytes:
            is_pickle = name.endswith("data.pkl")
            return content[: data.draw(st.integers(0, len(content) - 1))] if is_pickle else content

        with pytest.raises(CheckpointError):
            load(rewritten(saved, cut))

    @settings(max_examples=50)
    @given(st.data())
    def test_a_pickle_of_other_bytes_is_refused_or_read(
        self, saved: bytes, data: st.DataObject
    ) -> None:
        def flip(name: str, content: bytes) -> bytes:
            if not name.endswith("data.pkl"):
                return content
            place = data.draw(st.integers(0, len(content) - 1))
            return (
                content[:place]
                + data.draw(st.binary(min_size=1, max_size=1))
                + content[place + 1 :]
            )

        with suppress(CheckpointError):
            load(rewritten(saved, flip))

    def test_one_that_was_packed_again_as_it_is_is_read(self, saved: bytes) -> None:
        assert same(load(rewritten(saved)), load(saved))

    def test_what_inflates_is_refused_before_it_is_unpacked(self) -> None:
        small = rewritten(
            with_payload(pickled({"zeros": torch.zeros(5_000_000)})),
            compression=zipfile.ZIP_DEFLATED,
        )
        assert len(small) < 25_000
        with little_memory(), pytest.raises(CheckpointError, match="compressed"):
            load(small)

    def test_members_that_share_their_bytes_are_refused(self) -> None:
        payload = bytearray(pickled({"a": torch.zeros(10_000), "b": torch.zeros(10_000)}))
        with zipfile.ZipFile(io.BytesIO(bytes(payload))) as archive:
            start = archive.start_dir
            first, second = (archive.getinfo(f"archive/data/{n}").header_offset for n in (0, 1))
        directory = payload[start:].replace(struct.pack("<I", second), struct.pack("<I", first))
        with pytest.raises(CheckpointError):
            load(with_payload(bytes(payload[:start]) + bytes(directory)))

    @pytest.mark.parametrize(
        "opcodes",
        [
            b"\x80\x02cbuiltins\nbytearray\nJ\x00\xca\x9a\x3b\x85R.",
            b"\x80\x02]q\x00h\x00a.",
            b"\x80\x02]q\x00(" + b"h\x00" * 100 + b"e.",
            b"\x80\x02]("
            + b"K\x01" * 60
            + b"eq\x00]("
            + b"h\x00" * 60
            + b"eq\x01]("
            + b"h\x01" * 60
            + b"e.",
        ],
        ids=["a gigabyte of zeros", "a list in itself", "many times", "a list of lists"],
    )
    def test_a_pickle_that_asks_for_more_than_it_holds_is_refused(self, opcodes: bytes) -> None:
        with little_memory(), pytest.raises(CheckpointError):
            load(pickle_of(pickled(1), opcodes))

    def test_a_tensor_of_more_numbers_than_there_are_is_refused(self, saved: bytes) -> None:
        checkpoint = load(saved)
        assert checkpoint.state is not None
        network = {name: torch.zeros(1).expand(10**12) for name in checkpoint.state.network}
        state = replace(checkpoint.state, network=network)
        with pytest.raises(CheckpointError, match="larger than its numbers"):
            load(save(replace(checkpoint, state=state)))

    def test_a_storage_that_claims_more_than_its_member_is_refused(self) -> None:
        def claim(name: str, content: bytes) -> bytes:
            return content.replace(b"M\xe8\x03", b"M\xe9\x03") if name.endswith("pkl") else content

        honest = pickled({"numbers": torch.zeros(1000)})
        with pytest.raises(CheckpointError):
            load(rewritten(with_payload(honest), claim))

    @pytest.mark.parametrize(
        ("place", "value"),
        [
            (("stage",), "first"),
            (("stage",), None),
            (("kept",), {"normal": 1, "reduce": 2}),
            (("results",), {}),
            (("state",), []),
            (("state", "network"), {"stem": 1}),
            (("state", "weights", "order"), [1, 2, 3]),
            (("state", "weights", "optimizer"), {0: {"momentum_buffer": "none"}}),
            (("state", "weights", "surprise"), 1),
            (("state", "generators"), None),
        ],
    )
    def test_contents_of_another_type_are_refused(
        self, saved: bytes, place: tuple[str, ...], value: object
    ) -> None:
        document = torch.load(io.BytesIO(saved[HEADER_SIZE:]), weights_only=True)
        *folders, name = place
        inner = document
        for folder in folders:
            inner = inner[folder]
        inner[name] = value
        with pytest.raises(CheckpointError):
            load(with_payload(pickled(document)))


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
