"""Files that come in parts, as tus has it: from a client that others wrote, and from bad ones."""

import base64
import hashlib
import io
import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tusclient.client import TusClient

from api.endpoint import upload_parts
from api.endpoint.receiving import PIECE
from api.endpoint.tus import PART
from api.resources.security import LOCAL_CALLER
from api.services.uploads import MOST
from store.database import Database
from store.scopes import Scope
from store.settings import Settings
from store.uploads import UploadFile, open_finished, remove, upload_path
from tests.api.calls import problem
from tests.api.test_bounded_connections import answering_protocol, place_of
from tests.support.http_service import running, serve
from tests.support.keys import SignIn
from tests.support.servers import wait_until
from tests.support.uploads import insert_upload, receive

SMALL = 2000
HALF = bytes(PIECE)
"""As much as goes to the disk at once."""
PART_BYTES = 2 * PIECE
TUS = {"Tus-Resumable": "1.0.0"}
FLOWERS = {"Upload-Metadata": "filename Zmxvd2Vycy56aXA=,is_new"}


@pytest.fixture
def small(settings: Settings, database: Database) -> Iterator[httpx.Client]:
    """A service that takes small files alone, and few of them."""
    limits = {"upload_bytes": SMALL, "upload_bytes_per_owner": 2 * SMALL}
    with serve(settings.model_copy(update=limits)) as client:
        yield client


def create(client: httpx.Client, size: int, **headers: str) -> str:
    """Begin an upload and return its path."""
    answer = client.post("/uploads", headers={"Upload-Length": str(size), **TUS, **headers})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == answer.json()["urls"]["self"]
    return str(answer.headers["location"])


def send(client: httpx.Client, path: str, offset: int, part: Any, **headers: str) -> httpx.Response:
    """Send a part."""
    said = {"Upload-Offset": str(offset), "Content-Type": PART, **TUS}
    return client.patch(path, content=part, headers={**said, **headers})


def offset_of(client: httpx.Client, path: str) -> int:
    """Return how far an upload has come."""
    answer = client.head(path, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["upload-offset"])


def checksum(part: bytes, algorithm: str = "sha1") -> dict[str, str]:
    digest = base64.b64encode(hashlib.new(algorithm, part).digest()).decode()
    return {"Upload-Checksum": f"{algorithm} {digest}"}


@contextmanager
def half_sent(client: httpx.Client, path: str, *headers: str) -> Iterator[socket.socket]:
    """Send the first half of a part of `PART_BYTES`, and see it come; the rest never does."""
    said = ("Host: localhost", "Upload-Offset: 0", f"Content-Type: {PART}", *headers)
    first = f"PATCH {path} HTTP/1.1"
    head = "\r\n".join((first, *said, f"Content-Length: {PART_BYTES}", "", ""))
    with socket.create_connection(place_of(client)) as connection:
        connection.sendall(head.encode() + HALF)
        yield connection


class TestAnotherClient:
    """tuspy, which knows nothing of this service."""

    @pytest.mark.parametrize("is_checked", [True, False])
    def test_a_file_is_sent_in_parts(
        self, client: httpx.Client, database: Database, settings: Settings, *, is_checked: bool
    ) -> None:
        content = b"0123456789" * 50_000
        uploader = TusClient(f"{client.base_url}/uploads").uploader(
            file_stream=io.BytesIO(content),
            chunk_size=180_000,
            metadata={"filename": "ünder.zip"},
            upload_checksum=is_checked,
        )
        uploader.upload()

        told = client.get(str(uploader.url)).json()
        assert (told["bytes"], told["offset"]) == (500_000, 500_000)
        assert told["metadata"] == {"filename": "ünder.zip"}
        with (
            database.read() as session,
            open_finished(session, "local", told["id"], settings) as file,
        ):
            assert file.read() == content

    def test_it_goes_on_where_it_was(self, client: httpx.Client) -> None:
        file = io.BytesIO(bytes(10_000))
        tus = TusClient(f"{client.base_url}/v1/uploads")
        first = tus.uploader(file_stream=file, chunk_size=3000)
        first.upload(stop_at=3000)
        second = tus.uploader(file_stream=file, url=first.url)
        assert second.offset == 3000
        second.upload()
        assert offset_of(client, str(second.url)) == 10_000

    def test_a_key_is_all_that_it_needs(self, sign_in: SignIn) -> None:
        ada = sign_in("ada", Scope.READ, Scope.SUBMIT)
        tus = TusClient(f"{ada.base_url}/uploads", headers=dict(ada.headers))
        uploader = tus.uploader(file_stream=io.BytesIO(b"content"))
        uploader.upload()
        assert ada.get(str(uploader.url)).json()["owner"] == "ada"
        assert problem(sign_in("bob").get(str(uploader.url))) == (404, "not_found")


class TestWhatIsTold:
    def test_head_tells_how_far_it_has_come(self, client: httpx.Client) -> None:
        path = create(client, 10, **FLOWERS)
        sent = send(client, path, 0, b"once")
        told = client.head(path, headers=TUS)
        assert (sent.status_code, told.status_code, told.content) == (204, 200, b"")
        names = ("upload-offset", "upload-length", "upload-metadata", "cache-control")
        values = ["4", "10", FLOWERS["Upload-Metadata"], "no-store"]
        assert [told.headers[name] for name in names] == values
        assert sent.headers["upload-offset"] == "4"
        assert sent.headers["upload-expires"].endswith(" GMT")
        assert client.get(path).json()["metadata"] == {"filename": "flowers.zip", "is_new": ""}

    def test_each_answer_names_the_version(self, client: httpx.Client) -> None:
        path = create(client, 10)
        for answer in (
            client.get("/uploads"),
            send(client, path, 3, b"once"),
            send(client, path, 0, b"once"),
            client.delete(path),
            client.get(path),
        ):
            assert answer.headers["tus-resumable"] == "1.0.0"

    def test_options_tells_what_there_is(self, client: httpx.Client, settings: Settings) -> None:
        for path in ("/uploads", "/v1/uploads/upl_0"):
            answer = client.options(path)
            assert (answer.status_code, answer.content) == (204, b"")
            told = {name: value for name, value in answer.headers.items() if name[:3] == "tus"}
            assert told == {
                "tus-resumable": "1.0.0",
                "tus-version": "1.0.0",
                "tus-extension": "creation,expiration,termination,checksum",
                "tus-checksum-algorithm": "sha1,sha256",
                "tus-max-size": str(settings.upload_bytes),
            }

    def test_they_are_listed_in_pages_the_newest_first(
        self, client: httpx.Client, database: Database
    ) -> None:
        with database.write() as session:
            made = [insert_upload(session) for _ in range(3)]
            insert_upload(session, seconds_left=-1)
        first = client.get("/uploads", params={"limit": 2}).json()
        assert [one["id"] for one in first["data"]] == [made[2], made[1]]
        rest = client.get("/uploads", params={"after": first["next_cursor"]}).json()
        assert [one["id"] for one in rest["data"]] == [made[0]]

    def test_the_same_request_begins_one_upload(self, client: httpx.Client) -> None:
        key = {"Idempotency-Key": "one"}
        assert create(client, 10, **key) == create(client, 10, **key)
        for other in ({"Upload-Length": "11"}, {"Upload-Length": "10", **FLOWERS}):
            answer = client.post("/uploads", headers={**key, **other})
            assert problem(answer) == (422, "idempotency_key_reused")


class TestRefusedBeginnings:
    @pytest.mark.parametrize(
        ("headers", "refusal"),
        [
            ({}, (422, "invalid_request")),
            ({"Upload-Defer-Length": "1"}, (422, "invalid_request")),
            ({"Upload-Length": "-1"}, (422, "invalid_request")),
            ({"Upload-Length": "many"}, (422, "invalid_request")),
            ({"Upload-Length": str(2**63)}, (422, "invalid_request")),
            ({"Upload-Length": str(SMALL + 1)}, (413, "body_too_large")),
            ({"Upload-Length": "1", "Upload-Metadata": "name no-base64"}, (422, "invalid_request")),
            ({"Upload-Length": "1", "Upload-Metadata": "a YQ==,a YQ=="}, (422, "invalid_request")),
            ({"Upload-Length": "1", "Upload-Metadata": "a" * 5000}, (422, "invalid_request")),
            ({"Upload-Length": "1", "Tus-Resumable": "0.2.2"}, (412, "tus_version_unsupported")),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, small: httpx.Client, headers: dict[str, str], refusal: tuple[int, str]
    ) -> None:
        answer = small.post("/uploads", headers=headers)
        assert problem(answer) == refusal
        assert ("tus-version" in answer.headers) == (refusal[0] == 412)
        assert small.get("/uploads").json()["data"] == []

    def test_all_files_of_an_owner_have_a_bound(self, small: httpx.Client) -> None:
        for _ in range(2):
            create(small, SMALL)
        answer = small.post("/uploads", headers={"Upload-Length": "1"})
        assert problem(answer) == (409, "too_many_uploads")
        assert "4,000 bytes of at most 4,000, and this one 1 more" in answer.json()["detail"]

    def test_an_owner_sends_so_many_files(self, client: httpx.Client, database: Database) -> None:
        with database.write() as session:
            for _ in range(MOST):
                insert_upload(session, size=0)
                insert_upload(session, size=0, owner="bob")
        answer = client.post("/uploads", headers={"Upload-Length": "0"})
        assert problem(answer) == (409, "too_many_uploads")

    @pytest.mark.usefixtures("database")
    def test_what_the_disk_has_no_room_for_is_not_begun(self, settings: Settings) -> None:
        with serve(settings.model_copy(update={"upload_bytes": 2**62})) as client:
            answer = client.post("/uploads", headers={"Upload-Length": str(2**62)})
            assert problem(answer) == (503, "artifacts_unavailable")


class TestRefusedParts:
    @pytest.mark.parametrize(
        ("headers", "refusal"),
        [
            ({"Upload-Offset": "5"}, (409, "upload_offset_wrong")),
            ({"Upload-Offset": "3"}, (409, "upload_offset_wrong")),
            ({"Upload-Offset": "-4"}, (422, "invalid_request")),
            ({"Content-Type": "application/octet-stream"}, (415, "unsupported_media_type")),
            ({"Content-Encoding": "gzip"}, (415, "unsupported_media_type")),
            ({"Upload-Checksum": "crc32 AAAA"}, (400, "checksum_unsupported")),
            ({"Upload-Checksum": "sha1 AAAA"}, (400, "checksum_unsupported")),
            ({"Upload-Checksum": "sha1 ?"}, (400, "checksum_unsupported")),
            (checksum(b"other"), (460, "checksum_wrong")),
            (checksum(b"other", "sha256"), (460, "checksum_wrong")),
            ({"Tus-Resumable": "2.0.0"}, (412, "tus_version_unsupported")),
        ],
    )
    def test_nothing_of_them_is_kept(
        self, client: httpx.Client, headers: dict[str, str], refusal: tuple[int, str]
    ) -> None:
        path = create(client, 10)
        assert send(client, path, 0, b"once").status_code == 204
        assert problem(send(client, path, 4, b" upon", **headers)) == refusal
        assert offset_of(client, path) == 4
        answer = send(client, path, 4, b" upon", **checksum(b" upon", "sha256"))
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, "9")

    @pytest.mark.parametrize("is_announced", [True, False])
    def test_a_file_grows_no_larger_than_it_was_said_to_be(
        self, client: httpx.Client, *, is_announced: bool
    ) -> None:
        path = create(client, 10)
        part = b"once upon a time" if is_announced else iter([b"once upon ", b"a time"])
        answer = send(client, path, 0, part)
        assert problem(answer) == (413, "body_too_large")
        assert "announced as 10 bytes" in answer.json()["detail"]
        assert offset_of(client, path) <= 10

    def test_one_part_comes_at_a_time(self, client: httpx.Client, settings: Settings) -> None:
        path = create(client, 10)
        with UploadFile(upload_path(settings, path[-30:])):
            answer = send(client, path, 0, b"once")
        assert problem(answer) == (423, "upload_locked")
        assert answer.headers["retry-after"] == "1"
        assert send(client, path, 0, b"once").status_code == 204

    def test_what_is_gone_takes_no_part(self, client: httpx.Client, database: Database) -> None:
        with database.write() as session:
            expired = f"/uploads/{insert_upload(session, seconds_left=-1)}"
        deleted = create(client, 10)
        assert client.delete(deleted).status_code == 204
        for path in (expired, deleted):
            assert problem(send(client, path, 0, b"once")) == (404, "not_found")
            assert problem(client.delete(path)) == (404, "not_found")
            assert client.head(path).status_code == 404


class TestEndings:
    def test_what_came_before_the_connection_ended_stays(self, client: httpx.Client) -> None:
        path = create(client, PART_BYTES)
        with half_sent(client, path):
            wait_until(lambda: offset_of(client, path) == PIECE, "half of it")
            assert problem(send(client, path, PIECE, HALF)) == (423, "upload_locked")
        wait_until(lambda: send(client, path, PIECE, HALF).status_code == 204, "the rest")
        assert offset_of(client, path) == PART_BYTES

    def test_half_of_what_has_a_checksum_does_not(
        self, client: httpx.Client, settings: Settings
    ) -> None:
        path = create(client, PART_BYTES)
        with half_sent(client, path, f"Upload-Checksum: {checksum(HALF)['Upload-Checksum']}"):
            wait_until(upload_path(settings, path[-30:]).exists, "the part")
        wait_until(lambda: send(client, path, 0, b"").status_code == 204, "the end of it")
        assert offset_of(client, path) == 0

    def test_who_deletes_it_meanwhile_is_obeyed(
        self, client: httpx.Client, settings: Settings
    ) -> None:
        path = create(client, PART_BYTES)
        file = upload_path(settings, path[-30:])
        with half_sent(client, path) as connection:
            wait_until(lambda: offset_of(client, path) == PIECE, "half of it")
            assert client.delete(path).status_code == 204
            connection.sendall(HALF)
            connection.settimeout(30)
            assert connection.recv(1000).startswith(b"HTTP/1.1 404 ")
        assert not file.exists()

    def test_who_deletes_it_as_its_first_part_comes_leaves_nothing(
        self,
        client: httpx.Client,
        database: Database,
        settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        path = create(client, len(HALF))

        def delete_at_another_api() -> None:
            with database.write() as session:
                remove(session, LOCAL_CALLER.owner, path[-30:], settings)

        deleting = threading.Thread(target=delete_at_another_api)

        def open_once_somebody_deletes_it(place: Path) -> UploadFile:
            deleting.start()
            deleting.join(0.5)
            return UploadFile(place)

        monkeypatch.setattr(upload_parts, "UploadFile", open_once_somebody_deletes_it)
        answer = send(client, path, 0, HALF)
        deleting.join()
        assert answer.status_code in {204, 404}
        assert client.head(path).status_code == 404
        assert not upload_path(settings, path[-30:]).exists()

    def test_a_part_may_take_long_as_long_as_more_of_it_comes(self, settings: Settings) -> None:
        """How long: tests/api/test_weights.py."""
        with running(settings) as server:
            place = server.servers[0].sockets[0].getsockname()[:2]
            with httpx.Client(base_url=f"http://127.0.0.1:{place[1]}") as client:
                path = create(client, PART_BYTES)
                with half_sent(client, path):
                    protocol = answering_protocol(server)
                    wait_until(lambda: protocol._takes_slow_body, "the part to be expected")

    def test_a_full_disk_is_told_and_what_fitted_stays(self, client: httpx.Client) -> None:
        room, size = 2**23, 2**23 + 2**21
        path = create(client, size)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
        try:
            answer = send(client, path, 0, bytes(size))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert problem(answer) == (503, "artifacts_unavailable")
        assert offset_of(client, path) == room
        assert send(client, path, room, bytes(size - room)).status_code == 204

    def test_what_nobody_goes_on_with_is_deleted(
        self, settings: Settings, database: Database
    ) -> None:
        with database.write() as session:
            expired = insert_upload(session, seconds_left=-1)
        receive(settings, expired, b"some")
        with serve(settings.model_copy(update={"sweep_seconds": 0.01})):
            wait_until(lambda: not upload_path(settings, expired).exists(), "the sweep")


def test_files_are_where_only_their_owner_looks(client: httpx.Client, settings: Settings) -> None:
    path = create(client, 12)
    send(client, path, 0, b"once")
    file = Path(settings.home) / "uploads" / path[-30:]
    assert file.stat().st_mode & 0o077 == 0
