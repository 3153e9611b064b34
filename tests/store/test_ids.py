import pytest

from store.ids import IdKind, is_id, new_id


@pytest.mark.parametrize("kind", list(IdKind))
def test_an_id_tells_its_kind(kind: IdKind) -> None:
    made = new_id(kind)
    assert made.startswith(f"{kind}_")
    assert [other for other in IdKind if is_id(made, other)] == [kind]


def test_ids_sort_by_the_time_at_which_they_were_made() -> None:
    made = [new_id(IdKind.SEARCH) for _ in range(100)]
    assert sorted(made) == made


def test_ids_do_not_repeat() -> None:
    assert len({new_id(IdKind.SEARCH) for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize(
    "text", ["", "srch", "srch_", "srch_zzz", "gt_" + "0" * 26, "srch_" + "0" * 27]
)
def test_other_text_is_no_id(text: str) -> None:
    assert not is_id(text, IdKind.SEARCH)
