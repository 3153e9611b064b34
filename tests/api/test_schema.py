"""The live service answers made-up requests as its OpenAPI document says; `make fuzz` does more."""

from pathlib import Path

import pytest

from tests.fuzz import run_round, target
from tests.support.databases import sqlite_database
from tests.support.selection import is_everything_wanted
from tests.support.servers import RedisServer

EXAMPLES = 5 if is_everything_wanted() else 1
"""Of each operation, beside those that its bounds and its links call for."""


@pytest.mark.timeout(900)
def test_no_made_up_request_breaks_the_service_or_its_document(
    tmp_path: Path, sqlite_template: Path, redis_server: RedisServer
) -> None:
    with (
        sqlite_database(sqlite_template, tmp_path) as url,
        target(url, redis_server.url, tmp_path) as there,
    ):
        found = run_round(there, examples=EXAMPLES, seed=1, folder=tmp_path)
    assert found.exit_code == 0, found.report
    assert found.cases > 500
