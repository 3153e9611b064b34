from hypothesis import given
from hypothesis import strategies as st

from store.key_text import digest_of, hint_of, is_key, new_key


def test_every_key_is_another() -> None:
    assert len({new_key() for _ in range(100)}) == 100


def test_a_new_key_has_the_form_of_one() -> None:
    assert all(is_key(new_key()) for _ in range(100))


@given(st.integers(4, 50), st.sampled_from("0123456789abcdefghijklmnopqrstuv"))
def test_a_mistyped_character_is_found_out(place: int, character: str) -> None:
    key = new_key()
    mistyped = key[:place] + character + key[place + 1 :]
    assert is_key(mistyped) == (mistyped == key)


@given(st.text())
def test_other_text_is_no_key(text: str) -> None:
    assert not is_key(text)
    assert not is_key(f"{new_key()}{text or ' '}")


def test_the_digest_and_the_hint_do_not_give_it_away() -> None:
    key = new_key()
    secret = key.removeprefix("pdk_")
    assert len(digest_of(key)) == 64
    assert secret not in digest_of(key)
    assert hint_of(key) == f"pdk_{secret[:4]}…{secret[-4:]}"
