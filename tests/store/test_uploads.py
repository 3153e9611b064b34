"""Files that came in parts: taken over when they are whole, swept when they are not."""

import os
import time
from pathlib import Path

import pytest

from store.database import Database
from store.settings import Settings
from store.tables import UploadRow
from store.upload_sweeping import STRAY_SECONDS, sweep_uploads
from store.uploads import (
    UploadBusy,
    UploadFile,
    UploadMissing,
    UploadUnfinished,
    open_finished,
    prolong,
    received_bytes,
    remove,
    upload_path,
    uploads_folder,
)
from tests.support.uploads import insert_upload, receive


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(home=tmp_path / "home", database_url=database_url)


class TestTakingOver:
    def test_what_has_come_whole_is_read_even_once_it_is_removed(
        self, database: Database, settings: Settings
    ) -> None:
        with database.write() as session:
            upload_id = insert_upload(session, size=5)
        receive(settings, upload_id, b"who")
        receive(settings, upload_id, b"le")
        with database.read() as session:
            file = open_finished(session, "local", upload_id, settings)
        with file:
            with database.write() as session:
                remove(session, "local", upload_id, settings)
                assert upload_path(settings, upload_id).exists()
            assert not upload_path(settings, upload_id).exists()
            assert file.read() == b"whole"

    def test_a_part_of_it_is_not_taken(self, database: Database, settings: Settings) -> None:
        with database.write() as session:
            upload_id = insert_upload(session, size=5000)
        receive(settings, upload_id, b"who")
        with (
            database.read() as session,
            pytest.raises(UploadUnfinished, match="3 of 5,000 bytes of upl_"),
        ):
            open_finished(session, "local", upload_id, settings)

    def test_nothing_is_whole_where_nothing_is_to_come(
        self, database: Database, settings: Settings
    ) -> None:
        with database.write() as session:
            upload_id = insert_upload(session, size=0)
            with open_finished(session, "local", upload_id, settings) as file:
                assert file.read() == b""

    @pytest.mark.parametrize(
        "whose", [{"owner": "bob"}, {"seconds_left": -1.0}], ids=["others", "expired"]
    )
    def test_what_is_not_there_cannot_be_had(
        self, database: Database, settings: Settings, whose: dict[str, object]
    ) -> None:
        with database.write() as session:
            upload_id = insert_upload(session, size=0, **whose)  # type: ignore[arg-type]
            for attempt in (
                lambda: open_finished(session, "local", upload_id, settings),
                lambda: remove(session, "local", upload_id, settings),
                lambda: prolong(session, "local", upload_id, 60.0),
            ):
                with pytest.raises(UploadMissing):
                    attempt()

    def test_it_stays_where_the_transaction_fails(
        self, database: Database, settings: Settings
    ) -> None:
        with database.write() as session:
            upload_id = insert_upload(session, size=1)
        receive(settings, upload_id, b"x")

        def fail_after_removing() -> None:
            with database.write() as session:
                remove(session, "local", upload_id, settings)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail_after_removing()
        with (
            database.read() as session,
            open_finished(session, "local", upload_id, settings) as file,
        ):
            assert file.read() == b"x"


class TestFiles:
    def test_one_writes_at_a_time_to_the_end(self, tmp_path: Path) -> None:
        path = tmp_path / "uploads" / "upl_1"
        with UploadFile(path) as file:
            file.append(b"one")
            with pytest.raises(UploadBusy):
                UploadFile(path)
            assert (file.size, file.is_deleted) == (3, False)
        with UploadFile(path) as file:
            file.append(b"two")
            file.sync()
            path.unlink()
            assert (file.size, file.is_deleted) == (6, True)

    def test_they_are_for_their_owner_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "home" / "uploads" / "upl_1"
        with UploadFile(path):
            assert path.stat().st_mode & 0o777 == 0o600
            assert path.parent.stat().st_mode & 0o777 == 0o700


class TestSweeping:
    def test_what_has_expired_goes_and_what_is_gone_on_with_stays(
        self, database: Database, settings: Settings
    ) -> None:
        with database.write() as session:
            expired = [insert_upload(session, seconds_left=-1.0) for _ in range(3)]
            kept = insert_upload(session, seconds_left=1.0)
            prolong(session, "local", kept, 600.0)
        for upload_id in (*expired[:2], kept):
            receive(settings, upload_id, b"some")
        assert sweep_uploads(database, settings) == 3
        assert [path.name for path in uploads_folder(settings).iterdir()] == [kept]
        assert received_bytes(settings, kept) == 4
        with database.read() as session:
            assert [row.id for row in session.query(UploadRow)] == [kept]

    def test_files_of_no_upload_go_once_nobody_can_be_writing_to_them(
        self, database: Database, settings: Settings
    ) -> None:
        with database.write() as session:
            known = insert_upload(session)
        old, new = (f"upl_{digit * 26}" for digit in "01")
        for upload_id in (known, old, new):
            receive(settings, upload_id, b"some")
        other = uploads_folder(settings) / "notes.txt"
        other.touch()
        long_ago = time.time() - 2 * STRAY_SECONDS
        for path in (upload_path(settings, known), upload_path(settings, old), other):
            os.utime(path, (long_ago, long_ago))
        sweep_uploads(database, settings)
        left = {path.name for path in uploads_folder(settings).iterdir()}
        assert left == {known, new, other.name}

    def test_where_nothing_was_ever_sent_there_is_nothing_to_do(
        self, database: Database, settings: Settings
    ) -> None:
        assert sweep_uploads(database, settings) == 0
