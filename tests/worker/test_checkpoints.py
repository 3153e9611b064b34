"""Which checkpoints are kept, trusted and swept."""

from pathlib import Path

import pytest

from store.artifact_folder import FolderStore
from store.checkpoint_names import CheckpointName
from store.lease import CheckpointPointer, Lease
from worker.checkpoints import (
    CheckpointKeeper,
    CheckpointUnreadable,
    NewCheckpoint,
    RejectedCheckpoint,
    StoredCheckpoint,
)

JOB = "srch_1"


@pytest.fixture
def artifacts(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path)


def make_keeper(artifacts: FolderStore, token: int = 1) -> CheckpointKeeper:
    lease = Lease(job_id=JOB, token=token, attempt=token, worker_id="wrk_1")
    return CheckpointKeeper(artifacts, lease)


def make_checkpoint(name: str) -> NewCheckpoint:
    return NewCheckpoint(data=name.encode(), place=(1, 0, 1), device=None)


def unpack(data: bytes) -> str:
    """Read a checkpoint as a kind of job may: those of this one are names."""
    if b"!" in data:
        raise CheckpointUnreadable("no name has an exclamation mark")
    return data.decode()


def save(keeper: CheckpointKeeper, name: str, *, kept: bool = True) -> CheckpointPointer:
    pointer = keeper.save(make_checkpoint(name))
    if kept:
        keeper.keep(pointer.key)
    return pointer


def found(keeper: CheckpointKeeper, pointer: CheckpointPointer | None) -> list[str]:
    """Return what is found: names of checkpoints, and "rejected"."""
    return [
        stored.checkpoint if isinstance(stored, StoredCheckpoint) else "rejected"
        for stored in keeper.stored(pointer, unpack)
    ]


def damage(artifacts: FolderStore, key: str) -> None:
    path = artifacts.root / key
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_the_newest_is_found_first_and_two_are_kept(artifacts: FolderStore) -> None:
    keeper = make_keeper(artifacts)
    for name in ("first", "second", "third"):
        newest = save(keeper, name)
    assert found(make_keeper(artifacts, token=2), newest) == ["third", "second"]
    assert len(artifacts.keys(JOB)) == 2


def test_a_search_that_begins_has_none(artifacts: FolderStore) -> None:
    assert found(make_keeper(artifacts), None) == []


@pytest.mark.parametrize("token", [1, 10, 10**9])
def test_a_later_attempt_keeps_the_one_that_it_went_on_from(
    artifacts: FolderStore, token: int
) -> None:
    before = save(make_keeper(artifacts, token), "before")
    keeper = make_keeper(artifacts, token + 1)
    assert found(keeper, before) == ["before"]
    after = save(keeper, "after")
    assert found(make_keeper(artifacts, token + 2), after) == ["after", "before"]


def test_one_flipped_bit_is_noticed(artifacts: FolderStore) -> None:
    keeper = make_keeper(artifacts)
    save(keeper, "before")
    newest = save(keeper, "newest")
    damage(artifacts, newest.key)
    assert found(make_keeper(artifacts, token=2), newest) == ["rejected", "before"]


def test_one_that_its_kind_cannot_read_is_rejected(artifacts: FolderStore) -> None:
    keeper = make_keeper(artifacts)
    save(keeper, "good")
    newest = save(keeper, "of another kind!")
    assert found(make_keeper(artifacts, token=2), newest) == ["rejected", "good"]


def test_the_pointer_counts_steps_and_the_name_tells_the_place(artifacts: FolderStore) -> None:
    pointer = make_keeper(artifacts).save(NewCheckpoint(data=b"x", place=(3, 7), device="cuda"))
    name = CheckpointName.from_key(pointer.key)
    assert name is not None
    assert (pointer.step, name.place, name.device) == (7, (3, 7), "cuda")


def test_a_checkpoint_that_is_gone_is_told(artifacts: FolderStore) -> None:
    newest = save(make_keeper(artifacts), "newest")
    artifacts.delete(newest.key)
    (rejected,) = make_keeper(artifacts, token=2).stored(newest, unpack)
    assert isinstance(rejected, RejectedCheckpoint)
    assert rejected.key == newest.key


def test_what_the_row_says_of_a_checkpoint_counts(artifacts: FolderStore) -> None:
    newest = save(make_keeper(artifacts), "newest")
    other = CheckpointPointer(key=newest.key, step=newest.step, sha256="0" * 64)
    assert found(make_keeper(artifacts, token=2), other) == ["rejected"]


def test_a_rejected_one_is_not_kept_in_the_stead_of_a_good_one(artifacts: FolderStore) -> None:
    first = make_keeper(artifacts)
    save(first, "good")
    bad = save(first, "bad")
    damage(artifacts, bad.key)
    second = make_keeper(artifacts, token=2)
    assert found(second, bad) == ["rejected", "good"]
    second.distrust(bad.key)
    newest = save(second, "newest")
    assert found(make_keeper(artifacts, token=3), newest) == ["newest", "good"]


def test_one_that_is_kept_alone_takes_no_other_beside_it(artifacts: FolderStore) -> None:
    keeper = make_keeper(artifacts)
    save(keeper, "before")
    alone = keeper.save(make_checkpoint("alone"))
    keeper.keep(alone.key, alone=True)
    assert artifacts.keys(JOB) == [alone.key]


def test_one_that_no_row_pointed_to_is_never_gone_on_from(artifacts: FolderStore) -> None:
    first = make_keeper(artifacts)
    pointed = save(first, "pointed")
    save(first, "stray", kept=False)
    assert found(make_keeper(artifacts, token=2), pointed) == ["pointed"]
    assert artifacts.keys(JOB) == [pointed.key]


def test_torn_files_are_swept(artifacts: FolderStore) -> None:
    pointed = save(make_keeper(artifacts), "pointed")
    torn = artifacts.root / JOB / "checkpoints" / ".tmp-torn"
    torn.write_bytes(b"half of a checkp")
    assert found(make_keeper(artifacts, token=2), pointed) == ["pointed"]
    assert not torn.exists()


def test_an_attempt_that_lost_its_lease_sweeps_nothing_of_a_later_one(
    artifacts: FolderStore,
) -> None:
    stale, fresh = make_keeper(artifacts, token=1), make_keeper(artifacts, token=2)
    begun = save(stale, "begun")
    assert found(fresh, begun) == ["begun"]
    kept = save(fresh, "of the later attempt")
    save(stale, "of the stale attempt")
    assert found(make_keeper(artifacts, token=3), kept)[0] == "of the later attempt"


def test_an_attempt_that_begins_leaves_a_later_one_alone(artifacts: FolderStore) -> None:
    kept = save(make_keeper(artifacts, token=2), "of the later attempt")
    assert found(make_keeper(artifacts, token=1), None) == []
    assert artifacts.keys(JOB) == [kept.key]
