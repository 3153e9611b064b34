"""The live service answers made-up requests as its OpenAPI document says; `make fuzz` does more."""

from pathlib import Path

import pytest

from tests.fuzz import run_round, target
from tests.support.databases import sqlite_database
from tests.support.servers import RedisServer

EXAMPLES = 2
"""Of each operation that are drawn, beside those that its bounds and its links call for."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("phases", "fewest"),
    [
        (["fuzzing"], 200),
        pytest.param(["examples", "coverage", "stateful"], 3000, marks=pytest.mark.slow),
    ],
    ids=["made up", "at every bound"],
)
def test_no_made_up_request_breaks_the_service_or_its_document(
    tmp_path: Path,
    sqlite_template: Path,
    redis_server: RedisServer,
    phases: list[str],
    fewest: int,
) -> None:
    with (
        sqlite_database(sqlite_template, tmp_path) as url,
        target(url, redis_server.url, tmp_path) as there,
    ):
        found = run_round(there, examples=EXAMPLES, seed=1, folder=tmp_path, phases=phases)
    assert found.exit_code == 0, found.report
    assert found.cases > fewest
