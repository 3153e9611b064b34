"""What was not foreseen is logged with the request's id, and the client learns nothing else."""

import logging

import httpx
import pytest

from store.database import Database
from tests.api.calls import problem
from tests.support.factories import make_search


def test_a_defect_is_answered_and_logged(
    client: httpx.Client, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with database.write() as session:
        unreadable = make_search(session)
    with caplog.at_level(logging.ERROR, "api"):
        answer = client.get(f"/searches/{unreadable}", headers={"X-Request-ID": "of-mine"})
    assert problem(answer) == (500, "internal")
    assert answer.headers["x-request-id"] == "of-mine"
    assert "ValidationError" not in answer.text
    assert "of-mine" in caplog.text
    assert "ValidationError" in caplog.text
