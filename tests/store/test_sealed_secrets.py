"""The secrets of webhooks, as they lie in the database."""

import base64
import stat
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from store.database import Database
from store.sealed_secrets import SecretBox, SecretLost
from store.settings import Settings
from store.tables import Webhook
from store.webhooks import seal_secrets

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OLD, NEW = b"o" * 32, b"n" * 32


def as_setting(*keys: bytes) -> str:
    return ",".join(base64.b64encode(key).decode() for key in keys)


def test_one_comes_back_and_is_not_to_be_seen() -> None:
    box = SecretBox([NEW])
    stored = box.seal(SECRET, "whk_1")
    assert SECRET.removeprefix("whsec_") not in stored
    assert box.open(stored, "whk_1") == SECRET
    assert box.seal(SECRET, "whk_1") != stored


def test_it_fits_the_column() -> None:
    assert len(SecretBox([NEW]).seal(SECRET, "whk_1")) <= Webhook.secret.type.length


@pytest.mark.parametrize(
    ("keys", "webhook_id", "change"),
    [
        ([OLD], "whk_1", ""),
        ([NEW], "whk_2", ""),
        ([NEW], "whk_1", "A"),
    ],
    ids=["another key", "another webhook", "changed"],
)
def test_with_anything_else_it_is_lost(keys: list[bytes], webhook_id: str, change: str) -> None:
    stored = SecretBox([NEW]).seal(SECRET, "whk_1")
    with pytest.raises(SecretLost, match=f"the secret of {webhook_id}; restore the old key"):
        SecretBox(keys).open(stored[: len(stored) - 4] + change * 3 + stored[-4:], webhook_id)


@pytest.mark.parametrize("stored", ["", "v1", "v1.a.b", "v2.AAAAAAAA.AAAA", "v1.é.ü"])
def test_what_was_never_sealed_is_lost(stored: str) -> None:
    with pytest.raises(SecretLost):
        SecretBox([NEW]).open(stored, "whk_1")


def test_the_key_is_made_once_in_the_home(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    stored = SecretBox.of(settings).seal(SECRET, "whk_1")
    assert SecretBox.of(settings).open(stored, "whk_1") == SECRET
    (file,) = settings.home.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_setting_takes_over_from_the_file(tmp_path: Path) -> None:
    stored = SecretBox.of(Settings(home=tmp_path)).seal(SECRET, "whk_1")
    box = SecretBox.of(Settings(home=tmp_path, secrets_key=as_setting(NEW)))
    assert box.open(stored, "whk_1") == SECRET
    assert not box.is_current(stored)
    assert SecretBox([NEW]).open(box.seal(SECRET, "whk_1"), "whk_1") == SECRET


@pytest.mark.parametrize("text", ["x", "secret", as_setting(b"short"), f"{as_setting(NEW)},x"])
def test_what_is_no_key_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValidationError, match="32 bytes in base64"):
        Settings(secrets_key=text)


def test_a_setting_is_not_shown() -> None:
    assert as_setting(NEW) not in repr(Settings(secrets_key=as_setting(NEW)))


class TestInTheDatabase:
    @pytest.fixture
    def stored(self, database: Database) -> Database:
        """Secrets as an older version wrote them, sealed with an old key, and with a lost one."""
        secrets = {
            "whk_plain": SECRET,
            "whk_old": SecretBox([OLD]).seal(SECRET, "whk_old"),
            "whk_lost": SecretBox([b"l" * 32]).seal(SECRET, "whk_lost"),
        }
        with database.write() as session:
            session.add_all(
                Webhook(id=name, owner="ada", url="https://a.b", events=[], secret=secret)
                for name, secret in secrets.items()
            )
        return database

    def test_all_that_can_be_opened_are_sealed_anew(self, stored: Database) -> None:
        with stored.write() as session:
            lost = session.get_one(Webhook, "whk_lost").secret
            seal_secrets(session, SecretBox([NEW, OLD]))
        with stored.read() as session:
            found = {hook.id: hook.secret for hook in session.scalars(select(Webhook))}
        only_new = SecretBox([NEW])
        assert only_new.open(found["whk_plain"], "whk_plain") == SECRET
        assert only_new.open(found["whk_old"], "whk_old") == SECRET
        assert only_new.is_current(found["whk_plain"])
        assert found["whk_lost"] == lost

    def test_twice_changes_nothing(self, stored: Database) -> None:
        box = SecretBox([NEW, OLD])
        with stored.write() as session:
            seal_secrets(session, box)
            first = session.scalars(select(Webhook.secret).order_by(Webhook.id)).all()
            seal_secrets(session, box)
            session.expire_all()
            assert session.scalars(select(Webhook.secret).order_by(Webhook.id)).all() == first
