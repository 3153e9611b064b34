"""Files of weights over HTTP: what is refused before anybody looks into them, and whose they are.

What is found in files that are looked into: tests/kinds/test_weights.py.
"""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256

import httpx
import pytest

from api.http.bounded_protocol import LEAST_BYTES
from api.http.errors import WeightsTooCostly, WeightsUnreadable
from api.resources.weights_reader import _told
from store.artifact_stores import open_artifacts
from store.database import Database
from store.ids import IdKind, new_id
from store.scopes import Scope
from store.settings import Settings
from tests.api.calls import pointers, problem
from tests.api.every_route import CELLS
from tests.api.test_bounded_connections import answering_protocol, place_of
from tests.support.http_service import running, serve
from tests.support.keys import SignIn
from tests.support.servers import wait_until
from tests.support.weights_files import insert_weights

ZIP = b"PK\x03\x04"
"""How a file begins that is worth looking into."""
SMALL = 2000
HEAD = b"POST /v1/weights HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def small(settings: Settings) -> Iterator[httpx.Client]:
    """A service that takes small files alone, and few of them."""
    limits = {"weights_bytes": SMALL, "weights_bytes_per_owner": 2 * SMALL}
    with serve(settings.model_copy(update=limits)) as client:
        yield client


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "headers", "refusal"),
        [
            (b"", {}, (400, "empty_body")),
            (b"once upon a time", {}, (422, "weights_unreadable")),
            (b"\x08\0\0\0\0\0\0", {}, (422, "weights_unreadable")),
            (ZIP, {"Content-Type": "application/json"}, (415, "unsupported_media_type")),
            (
                ZIP,
                {"Content-Type": "multipart/form-data; boundary=x"},
                (415, "unsupported_media_type"),
            ),
            (ZIP, {"Content-Encoding": "gzip"}, (415, "unsupported_media_type")),
            (ZIP, {"Idempotency-Key": "two words"}, (422, "invalid_request")),
        ],
    )
    def test_what_is_no_file_of_weights_is_refused(
        self,
        shared_client: httpx.Client,
        body: bytes,
        headers: dict[str, str],
        refusal: tuple[int, str],
    ) -> None:
        assert problem(shared_client.post("/weights", content=body, headers=headers)) == refusal
        assert shared_client.get("/weights").json() == {"data": [], "next_cursor": None}

    def test_a_name_that_is_too_long_is_refused(self, shared_client: httpx.Client) -> None:
        answer = shared_client.post("/weights", content=ZIP, params={"name": "x" * 201})
        assert problem(answer) == (422, "invalid_request")

    @pytest.mark.parametrize("is_announced", [True, False])
    def test_what_is_too_large_is_refused_however_it_comes(
        self, small: httpx.Client, *, is_announced: bool
    ) -> None:
        body = bytes(SMALL + 1)
        content = body if is_announced else iter([body[:SMALL], body[SMALL:]])
        answer = small.post("/weights", content=content)
        assert problem(answer) == (413, "body_too_large")
        assert "2000 bytes" in answer.json()["detail"]

    def test_there_is_room_for_so_many_bytes_of_an_owner(
        self, small: httpx.Client, database: Database
    ) -> None:
        with database.write() as session:
            insert_weights(session, bytes=2 * SMALL - 3)
            insert_weights(session, owner="bob", bytes=10 * SMALL)
        answer = small.post("/weights", content=ZIP)
        assert problem(answer) == (409, "too_many_weights")
        assert "3,997 bytes of at most 4,000, and this one 4 more" in answer.json()["detail"]

    @pytest.mark.parametrize(
        ("status", "error"),
        [(-9, WeightsTooCostly), (-24, WeightsTooCostly), (-11, WeightsUnreadable)],
        ids=["killed", "time", "crash"],
    )
    def test_a_file_that_kills_its_reader_is_refused(
        self, status: int, error: type[Exception]
    ) -> None:
        died = subprocess.CompletedProcess([], status, stdout=b"reading\n", stderr=b"")
        with pytest.raises(error):
            _told(died)

    def test_a_reader_that_does_not_start_is_a_defect(self) -> None:
        failed = subprocess.CompletedProcess([], 1, stdout=b"", stderr=b"no torch")
        with pytest.raises(RuntimeError, match="no torch"):
            _told(failed)


class TestSentAgain:
    @pytest.mark.parametrize("was_left", [b"damaged", None])
    def test_the_same_file_sent_again_is_whole_again(
        self, client: httpx.Client, database: Database, settings: Settings, was_left: bytes | None
    ) -> None:
        key = f"{new_id(IdKind.WEIGHTS)}/known.pt"
        with database.write() as session:
            insert_weights(session, key=key, sha256=sha256(ZIP).hexdigest())
        artifacts = open_artifacts(settings.artifacts_url)
        if was_left is not None:
            artifacts.put(key, was_left)
        assert client.post("/weights", content=ZIP).status_code == 200
        assert artifacts.get(key, sha256=sha256(ZIP).hexdigest()) == ZIP


class TestSlowSenders:
    def test_only_so_many_send_at_a_time_and_who_leaves_makes_room(
        self, settings: Settings
    ) -> None:
        begun = HEAD + b"Content-Length: 100\r\n\r\nPK"
        with serve(settings) as client, ExitStack() as stack:

            def refusal() -> tuple[int, str]:
                return problem(client.post("/weights", content=b"no weights"))

            senders = [socket.create_connection(place_of(client)) for _ in range(4)]
            for sender in senders:
                stack.enter_context(sender).sendall(begun)
            wait_until(lambda: refusal() == (429, "quota_exceeded"), "four who send")
            senders.pop().close()
            wait_until(lambda: refusal() == (422, "weights_unreadable"), "the end of one")

    def test_a_file_may_take_long_as_long_as_more_of_it_comes(self, settings: Settings) -> None:
        piece = bytes(LEAST_BYTES)
        with running(settings) as server:
            place = server.servers[0].sockets[0].getsockname()[:2]
            with socket.create_connection(place) as connection:
                connection.settimeout(60)
                connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % (3 * LEAST_BYTES))
                protocol = answering_protocol(server)
                wait_until(lambda: protocol._takes_slow_body, "the file to be expected")
                for _ in range(2):
                    connection.sendall(piece)
                    wait_until(lambda: protocol._body_bytes >= LEAST_BYTES, "some of the file")
                    protocol.loop.call_soon_threadsafe(protocol._give_up)
                    wait_until(lambda: not protocol._body_bytes, "more time for the rest")
                protocol.loop.call_soon_threadsafe(protocol._give_up)
                assert connection.recv(4096).startswith(b"HTTP/1.1 408 ")


class TestLists:
    def test_they_come_in_pages_the_newest_first(
        self, client: httpx.Client, database: Database
    ) -> None:
        with database.write() as session:
            made = [insert_weights(session, name=f"number {number}") for number in range(3)]
        first = client.get("/weights", params={"limit": 2}).json()
        assert [one["id"] for one in first["data"]] == [made[2], made[1]]
        rest = client.get("/weights", params={"limit": 2, "after": first["next_cursor"]}).json()
        assert [one["id"] for one in rest["data"]] == [made[0]]
        assert rest["next_cursor"] is None

    def test_one_is_told_as_far_as_its_shapes_tell(
        self, client: httpx.Client, database: Database
    ) -> None:
        with database.write() as session:
            weights_id = insert_weights(session, name="from afar")
        body = client.get(f"/weights/{weights_id}").json()
        told = {name: body[name] for name in ("init_channels", "layers", "num_classes", "stem")}
        assert told == {"init_channels": 2, "layers": 3, "num_classes": 10, "stem": "cifar"}
        assert (body["layout"], body["auxiliary"], body["owner"]) == ("project", False, "local")
        assert client.get(body["urls"]["self"]).json() == body
        assert client.get(body["urls"]["evaluations"]).json()["data"] == []

    def test_what_is_no_id_of_weights_is_told(self, client: httpx.Client) -> None:
        answer = client.get("/weights/gt_0000000000000000000000000v")
        assert problem(answer) == (404, "not_found")
        assert "is a genotype ID, not a weights ID" in answer.json()["detail"]


class TestOwners:
    def test_anothers_are_as_if_there_were_none(self, sign_in: SignIn, database: Database) -> None:
        bob = sign_in("bob", Scope.READ, Scope.SUBMIT)
        with database.write() as session:
            weights_id = insert_weights(session, owner="ada")
        assert bob.get("/weights").json()["data"] == []
        assert problem(bob.get(f"/weights/{weights_id}")) == (404, "not_found")
        assert problem(bob.delete(f"/weights/{weights_id}")) == (404, "not_found")
        asked = {"dataset": "digits", "genotype_document": CELLS, "weights": weights_id}
        answer = bob.post("/evaluations", json=asked)
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer) == ["/weights"]
        assert answer.json()["detail"] == f"there are no weights {weights_id}"

    def test_who_may_only_read_sends_and_deletes_nothing(
        self, sign_in: SignIn, database: Database
    ) -> None:
        reader = sign_in("ada", Scope.READ)
        with database.write() as session:
            weights_id = insert_weights(session, owner="ada")
        assert problem(reader.post("/weights", content=ZIP)) == (403, "forbidden")
        assert problem(reader.delete(f"/weights/{weights_id}")) == (403, "forbidden")
        assert reader.get(f"/weights/{weights_id}").status_code == 200
