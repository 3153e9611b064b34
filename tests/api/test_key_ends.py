"""What goes on under a key ends when the key does: within seconds, whoever ended it."""

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy.orm import Session

from store.database import Database
from store.keys import revoke_key
from store.tables import ApiKey
from store.types import db_now
from tests.api.calls import problem, submit
from tests.api.crowd import calling
from tests.api.test_event_stream import messages
from tests.support.keys import SignIn

PATIENCE = 14.0
"""Seconds without a byte: an open stream would give a sign of life after these."""
End = Callable[[Session, str], object]


def expire(session: Session, key_id: str) -> None:
    session.get_one(ApiKey, key_id).expires_at = db_now(-1)


ENDS = pytest.mark.parametrize("end", [revoke_key, expire])
"""As another process would do it, or time."""


@pytest.mark.both_databases
@ENDS
def test_a_stream(sign_in: SignIn, database: Database, end: End) -> None:
    ada, same_owner = sign_in("ada"), sign_in("ada")
    search_id = submit(ada)
    url = f"/searches/{search_id}/events/stream"
    with (
        same_owner.stream("GET", url, timeout=PATIENCE) as other,
        ada.stream("GET", url, timeout=PATIENCE) as answer,
    ):
        found, others = messages(answer), messages(other)
        next(found), next(others)
        with database.write() as session:
            end(session, key_of(ada))
        assert list(found) == []
        same_owner.post(f"/searches/{search_id}/cancel")
        assert [message.get("event") for message in others] == [None, "end"]


@ENDS
def test_a_wait_for_news(sign_in: SignIn, database: Database, end: End) -> None:
    ada = sign_in("ada")
    search_id, key_id = submit(ada), key_of(ada)
    with (
        calling(ada, 1, lambda own: wait_long(own, search_id)) as answers,
        database.write() as session,
    ):
        end(session, key_id)
    assert problem(answers[0]) == (401, "unauthenticated")


def key_of(client: httpx.Client) -> str:
    return str(client.get("/me").json()["key"]["id"])


def wait_long(client: httpx.Client, search_id: str) -> httpx.Response:
    return client.get(f"/searches/{search_id}", headers={"Prefer": "wait=60"})
