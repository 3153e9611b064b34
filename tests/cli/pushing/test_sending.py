"""Sending in parts, to a service that is killed, and by clients that are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.client import Client, NotFound
from cli.errors import AlreadyInUse
from cli.pushing import sending
from cli.pushing.kept_push import BegunUpload, KeptPush, kept_push
from cli.pushing.sending import send
from cli.pushing.source import ArchiveFile, Source
from store.database import Database
from store.settings import Settings
from store.uploads import open_finished, upload_path
from tests.support.uploads import receive

CONTENT = bytes(range(256)) * 8
PART = 500


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LEAST_PART", PART)
    monkeypatch.setattr(sending, "LARGEST_PART", PART)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "flowers.zip"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def client(service_url: str, database: Database) -> Iterator[Client]:
    with Client(service_url) as client:
        yield client


@pytest.fixture
def kept(tmp_path: Path, archive: Path) -> Iterator[KeptPush]:
    with kept_push(tmp_path, "http://here", archive) as kept:
        yield kept


def content_of(database: Database, settings: Settings, upload_id: str) -> bytes:
    with (
        database.read() as session,
        open_finished(session, "local", upload_id, settings) as file,
    ):
        return file.read()


def nobody(_: int) -> None:
    """Be told, and do nothing."""


class Stopped(Exception):
    """Ctrl-C, at a place that a test chooses."""


class Interrupted:
    """A source that can be read only so often."""

    def __init__(self, source: Source, reads: int) -> None:
        self._source = source
        self._left = reads
        self.size = source.size
        self.fingerprint = source.fingerprint

    def read(self, offset: int, size: int) -> bytes:
        if not self._left:
            raise Stopped
        self._left -= 1
        return self._source.read(offset, size)


def test_all_of_it_comes(
    client: Client, archive: Path, kept: KeptPush, database: Database, settings: Settings
) -> None:
    told: list[int] = []
    upload_id = send(client, ArchiveFile(archive), kept, name="flowers.zip", tell=told.append)
    assert content_of(database, settings, upload_id) == CONTENT
    assert told == [0, 500, 1000, 1500, 2000, 2048]
    assert client.get_upload(upload_id).metadata == {"filename": "flowers.zip"}


def test_the_next_try_goes_on_where_the_last_was_ended(
    client: Client, archive: Path, kept: KeptPush, database: Database, settings: Settings
) -> None:
    source, told = ArchiveFile(archive), list[int]()
    with pytest.raises(Stopped):
        send(client, Interrupted(source, 2), kept, name="x", tell=told.append)
    upload_id = send(client, source, kept, name="x", tell=told.append)
    assert content_of(database, settings, upload_id) == CONTENT
    assert told == [0, 500, 1000, 1000, 1500, 2000, 2048]
    assert [one.id for one in client.list_uploads()] == [upload_id]


def test_what_was_changed_since_is_sent_anew(
    client: Client, archive: Path, kept: KeptPush, database: Database, settings: Settings
) -> None:
    with pytest.raises(Stopped):
        send(client, Interrupted(ArchiveFile(archive), 2), kept, name="x", tell=nobody)
    archive.write_bytes(CONTENT[::-1])
    upload_id = send(client, ArchiveFile(archive), kept, name="x", tell=nobody)
    assert content_of(database, settings, upload_id) == CONTENT[::-1]
    assert [one.id for one in client.list_uploads()] == [upload_id]


def test_what_the_service_has_forgotten_is_sent_anew(
    client: Client, archive: Path, kept: KeptPush, database: Database, settings: Settings
) -> None:
    first = send(client, ArchiveFile(archive), kept, name="x", tell=nobody)
    client.delete_upload(first)
    second = send(client, ArchiveFile(archive), kept, name="x", tell=nobody)
    assert second != first
    assert content_of(database, settings, second) == CONTENT


def test_it_goes_on_from_what_has_come_whatever_was_answered(
    client: Client, archive: Path, kept: KeptPush, database: Database, settings: Settings
) -> None:
    """As after an answer that was lost on its way."""

    class Ahead(Interrupted):
        def read(self, offset: int, size: int) -> bytes:
            if offset == PART:
                (upload,) = client.list_uploads()
                receive(settings, upload.id, CONTENT[PART : 2 * PART])
            return self._source.read(offset, size)

    told: list[int] = []
    source = Ahead(ArchiveFile(archive), 0)
    upload_id = send(client, source, kept, name="x", tell=told.append)
    assert told == [0, 500, 1000, 1500, 2000, 2048]
    assert content_of(database, settings, upload_id) == CONTENT


def test_what_never_passes_is_told(
    client: Client,
    archive: Path,
    kept: KeptPush,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "_FIRST_PAUSE_SECONDS", 0.0)
    with pytest.raises(Stopped):
        send(client, Interrupted(ArchiveFile(archive), 1), kept, name="x", tell=nobody)
    (upload,) = client.list_uploads()

    class Away(Interrupted):
        """The upload goes while it is sent."""

        def read(self, offset: int, size: int) -> bytes:
            client.delete_upload(upload.id)
            return self._source.read(offset, size)

    with pytest.raises(NotFound):
        send(client, Away(ArchiveFile(archive), 0), kept, name="x", tell=nobody)
    assert not upload_path(settings, upload.id).exists()


class TestWhatIsKept:
    def test_one_process_pushes_it_at_a_time(self, tmp_path: Path, archive: Path) -> None:
        with kept_push(tmp_path, "http://here", archive):
            with pytest.raises(AlreadyInUse), kept_push(tmp_path, "http://here", archive):
                pass
            with kept_push(tmp_path, "http://there", archive):
                pass

    def test_it_is_kept_until_it_is_forgotten(self, tmp_path: Path, archive: Path) -> None:
        begun = BegunUpload(upload="upl_1", fingerprint="f")
        with kept_push(tmp_path, "http://here", archive) as kept:
            assert kept.begun() is None
            for upload in (BegunUpload(upload="upl_0", fingerprint="longer than"), begun):
                kept.keep(upload)
        with kept_push(tmp_path, "http://here", archive) as kept:
            assert kept.begun() == begun
            kept.forget()
        assert list((tmp_path / "pushes").iterdir()) == []

    def test_nothing_is_left_where_nothing_was_begun(self, tmp_path: Path, archive: Path) -> None:
        with pytest.raises(Stopped), kept_push(tmp_path, "http://here", archive):
            raise Stopped
        assert list((tmp_path / "pushes").iterdir()) == []
