"""What the name of a checkpoint tells."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from store.checkpoint_names import CheckpointName

DIGEST = "ab" * 32
counts = st.integers(0, 10**8 - 1)
places = st.lists(counts, min_size=1, max_size=4).map(tuple)
names = st.builds(
    CheckpointName,
    token=counts,
    number=counts,
    place=st.none() | places,
    device=st.sampled_from([None, "cpu", "cuda"]),
    sha256=st.just(DIGEST),
)


@given(name=names)
def test_a_name_is_read_as_it_was_written(name: CheckpointName) -> None:
    assert CheckpointName.from_key(f"srch_1/checkpoints/{name}") == name


@given(found=st.lists(names, unique_by=lambda name: (name.token, name.number)))
def test_names_sort_by_attempt_and_age(found: list[CheckpointName]) -> None:
    found.sort(key=lambda name: (name.token, name.number))
    assert all(str(before) < str(after) for before, after in pairwise(found))


def test_those_of_the_first_versions_are_read() -> None:
    name = CheckpointName.from_key(f"a/0000000001-00000002-any-{DIGEST}.ckpt")
    assert name == CheckpointName(token=1, number=2, place=None, device=None, sha256=DIGEST)


def test_any_other_file_has_none() -> None:
    assert CheckpointName.from_key("a/.tmp-x") is None
