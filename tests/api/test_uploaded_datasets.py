"""Data sets that came in parts."""

import httpx
import pytest

from store.database import Database
from store.settings import Settings
from tests.api.calls import pointers, problem
from tests.support.image_archives import archive_of
from tests.support.uploads import insert_upload, receive

ARCHIVE = archive_of()


@pytest.fixture
def upload_id(client: httpx.Client, database: Database, settings: Settings) -> str:
    """An upload, all of which has come."""
    with database.write() as session:
        upload_id = insert_upload(session, size=len(ARCHIVE))
    receive(settings, upload_id, ARCHIVE)
    return upload_id


def make(client: httpx.Client, upload_id: str, **headers: str) -> httpx.Response:
    return client.post("/datasets", json={"name": "pets", "upload": upload_id}, headers=headers)


def test_it_is_the_same_as_one_that_came_at_once(client: httpx.Client, upload_id: str) -> None:
    parts = make(client, upload_id)
    assert parts.status_code == 202, parts.text
    assert parts.headers["location"] == "/v1/datasets/pets"
    whole = client.put("/datasets/pets", content=ARCHIVE)
    assert whole.json() == parts.json()
    assert client.get(f"/uploads/{upload_id}").status_code == 404


def test_an_answer_that_was_lost_is_given_again(client: httpx.Client, upload_id: str) -> None:
    key = {"Idempotency-Key": "once"}
    first, again = (make(client, upload_id, **key) for _ in range(2))
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["idempotency-replayed"] == "true"


def test_an_upload_is_used_once(client: httpx.Client, upload_id: str) -> None:
    assert make(client, upload_id).status_code == 202
    refused = make(client, upload_id)
    assert problem(refused) == (422, "invalid_request")
    assert pointers(refused) == ["/upload"]


def test_a_part_of_it_is_no_data_set(
    client: httpx.Client, database: Database, settings: Settings
) -> None:
    with database.write() as session:
        upload_id = insert_upload(session, size=len(ARCHIVE))
    receive(settings, upload_id, ARCHIVE[:-1])
    refused = make(client, upload_id)
    assert pointers(refused) == ["/upload"]
    assert "bytes of upl_" in refused.json()["detail"]
    receive(settings, upload_id, ARCHIVE[-1:])
    assert make(client, upload_id).status_code == 202


def test_what_is_refused_leaves_the_upload(
    client: httpx.Client, database: Database, settings: Settings
) -> None:
    with database.write() as session:
        upload_id = insert_upload(session, size=4)
    receive(settings, upload_id, b"none")
    assert problem(make(client, upload_id)) == (415, "archive_unknown")
    assert client.get(f"/uploads/{upload_id}").status_code == 200
