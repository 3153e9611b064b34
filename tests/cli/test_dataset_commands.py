"""`pdarts dataset …`, as people and scripts type them."""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cli.client import Client
from cli.pushing import sending
from cli.pushing.kept_push import KeptPush
from cli.pushing.source import ArchiveFile
from store.database import Database
from store.settings import Settings
from store.tables import UploadRow
from tests.support.attempts import run_attempt
from tests.support.image_archives import PETS, files_of

Typing = Callable[..., Any]


@pytest.fixture(autouse=True)
def home(typed: Typing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The client's own, which is not the service's."""
    monkeypatch.setenv("PDARTS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """A folder of images."""
    for name, image in files_of({**PETS, "test/dog": 2}).items():
        path = tmp_path / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image)
    return tmp_path / "pets"


def uploads_left(database: Database) -> int:
    with database.read() as session:
        return session.query(UploadRow).count()


def test_a_part_of_the_images_is_set_aside_to_test_with(typed: Typing, pets: Path) -> None:
    shutil.rmtree(pets / "test")
    pushed = typed("dataset", "push", str(pets), "--test-portion", "0.25", "--json")
    (made,) = pushed.objects
    assert [(one["train"], one["test"]) for one in made["class_counts"]] == [(3, 1), (3, 1)]


def test_a_folder_is_pushed_listed_shown_and_deleted(
    typed: Typing, pets: Path, home: Path, database: Database
) -> None:
    (pets / "train" / "cat" / "notes.txt").touch()

    pushed = typed("dataset", "push", str(pets))

    assert (pushed.code, pushed.output) == (0, "pets\n"), pushed.messages
    assert "sending: 100%" in pushed.messages
    assert "To see what is found: pdarts dataset show pets\n" in pushed.messages
    assert (uploads_left(database), list((home / "pushes").iterdir())) == (0, [])
    listed = typed("dataset", "list").output.splitlines()[-1].split()
    assert listed[:6] == ["pets", "sent", "checking", "2", "8", "8×8"]
    shown = typed("dataset", "show", "pets").output
    assert "  images      8 to train, 2 to test, " in shown
    assert "  left out    1 .txt\n" in shown
    assert "\ndog    4      2\n" in shown
    assert typed("dataset", "delete", "pets", "--json").objects == [{"id": "pets", "deleted": True}]
    assert typed("dataset", "show", "pets").code == 7


@pytest.mark.parametrize("form", ["zip", "gztar"])
def test_an_archive_makes_the_same_data_set_as_its_folder(
    typed: Typing, pets: Path, tmp_path: Path, form: str
) -> None:
    archive = shutil.make_archive(str(tmp_path / "packed"), form, tmp_path, "pets")
    (first,) = typed("dataset", "push", str(pets), "--json").objects
    (second,) = typed("dataset", "push", archive, "--json").objects
    assert (first["name"], second["name"]) == ("pets", "packed")
    assert first["digest"] == second["digest"]


def test_after_ctrl_c_the_same_command_goes_on(
    typed: Typing, pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = shutil.make_archive(str(tmp_path / "pets"), "zip", pets)
    read: list[int] = []

    def press_ctrl_c(source: ArchiveFile, offset: int, size: int) -> bytes:
        read.append(offset)
        if len(read) == 3:
            raise KeyboardInterrupt
        return reads(source, offset, size)

    reads = ArchiveFile.read
    monkeypatch.setattr(ArchiveFile, "read", press_ctrl_c)
    monkeypatch.setattr(sending, "LEAST_PART", 500)
    monkeypatch.setattr(sending, "LARGEST_PART", 500)
    stopped = typed("dataset", "push", archive, "--name", "x")
    assert stopped.code == 130
    assert "% was sent; the same command continues from there" in stopped.messages

    gone_on = typed("dataset", "push", archive, "--name", "x")

    assert (gone_on.code, gone_on.output) == (0, "x\n")
    assert read[:4] == [0, 500, 1000, 1000]


def test_what_became_a_data_set_unseen_is_not_sent_again(
    typed: Typing, pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after Ctrl-C while the service looked through it."""

    def stop(_: KeptPush) -> None:
        raise KeyboardInterrupt

    forget = KeptPush.forget
    monkeypatch.setattr(KeptPush, "forget", stop)
    assert typed("dataset", "push", str(pets)).code == 130
    monkeypatch.setattr(KeptPush, "forget", forget)
    again = typed("dataset", "push", str(pets))
    assert (again.code, again.output) == (0, "pets\n")
    assert "sending" not in again.messages


def test_what_was_deleted_since_is_sent_again(
    typed: Typing, pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(KeptPush, "forget", lambda _: None)
        assert typed("dataset", "push", str(pets)).code == 0
    assert typed("dataset", "delete", "pets").code == 0
    again = typed("dataset", "push", str(pets))
    assert (again.code, "sending: 100%" in again.messages) == (0, True)
    assert typed("dataset", "show", "pets").code == 0


class TestWatching:
    @pytest.fixture(autouse=True)
    def _worker(self, service_url: str, database: Database, settings: Settings) -> Iterator[None]:
        """Checks what waits, as a worker does."""
        stopping = threading.Event()

        def work() -> None:
            with Client(service_url) as client:
                while not stopping.wait(0.05):
                    if any(one.state == "checking" for one in client.list_datasets()):
                        run_attempt(database, settings.home)

        thread = threading.Thread(target=work)
        thread.start()
        yield
        stopping.set()
        thread.join()

    def test_a_sound_data_set_is_ready(self, typed: Typing, pets: Path) -> None:
        watched = typed("dataset", "push", str(pets), "--watch", "--json")
        assert watched.code == 0, watched.messages
        assert watched.objects[0]["state"] == "ready"
        assert typed("dataset", "check", "pets", "--watch").code == 0

    def test_samples_are_saved_as_a_picture_of_each_class_or_of_one(
        self, typed: Typing, pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert typed("dataset", "push", str(pets), "--watch").code == 0
        assert typed("dataset", "samples", "pets").output == "pets-samples.png\n"
        file = tmp_path / "cats.png"
        words = ("dataset", "samples", "pets", "--class", "cat", "--out", str(file))
        (told,) = typed(*words, "--json").objects
        assert (told["id"], told["bytes"]) == ("pets", file.stat().st_size)
        with Image.open(tmp_path / "pets-samples.png") as all_classes, Image.open(file) as cats:
            assert cats.height < all_classes.height
        refused = typed("dataset", "samples", "none", "--out", str(tmp_path / "none.png"))
        assert (refused.code, (tmp_path / "none.png").exists()) == (7, False)

    def test_what_is_wrong_is_told_with_its_files(self, typed: Typing, pets: Path) -> None:
        (pets / "train" / "cat" / "torn.png").write_bytes(b"torn")
        watched = typed("dataset", "push", str(pets), "--watch")
        assert (watched.code, watched.output) == (9, "pets\n")
        assert "pets cannot be used: 1 error" in watched.messages
        assert "\n  train/cat/torn.png\n" in watched.messages
        assert "torn.png" in typed("dataset", "show", "pets").output

    def test_how_many_files_are_not_named_is_counted(self, typed: Typing, pets: Path) -> None:
        for number in range(102):
            (pets / "train" / "cat" / f"{number:03}.png").write_bytes(b"torn")
        watched = typed("dataset", "push", str(pets), "--watch")
        assert "error: 102 files: " in watched.messages
        told = "and 97 more; the first 100 are listed by: pdarts dataset show pets --json"
        assert f"\n  {told}\n" in watched.messages


class TestRefusals:
    def test_what_cannot_be_is_told_before_anything_is_sent(
        self, typed: Typing, pets: Path, tmp_path: Path, database: Database
    ) -> None:
        (tmp_path / "empty").mkdir()
        for words, reason in (
            ((str(tmp_path / "nothing"),), "cannot read"),
            ((str(tmp_path / "empty"),), "there are no images in"),
            ((str(pets), "--name", ".hidden"), "choose one with --name"),
            ((str(pets), "--name", "digits"), "choose another name"),
        ):
            refused = typed("dataset", "push", *words)
            assert (refused.code, reason in refused.messages) == (2, True), refused.messages
        assert uploads_left(database) == 0

    def test_nothing_is_left_of_an_archive_that_is_none(
        self, typed: Typing, tmp_path: Path, home: Path, database: Database
    ) -> None:
        archive = tmp_path / "pets.zip"
        archive.write_bytes(b"once upon a time")
        refused = typed("dataset", "push", str(archive))
        assert (refused.code, "archive_unknown" in refused.messages) == (2, True)
        assert (uploads_left(database), list((home / "pushes").iterdir())) == (0, [])
