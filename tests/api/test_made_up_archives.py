"""Archives made up by chance, sent as data sets: a thousand do no harm and leave nothing behind.

Each is made from a number, so one that fails is made again with `make_archive(number)`. In this
process, and quickly: tests/worker/test_packing_made_up_archives.py.
"""

import httpx
import psutil
import pytest
from sqlalchemy import select

from store.artifact_stores import open_artifacts
from store.database import Database
from store.settings import Settings
from store.tables import DatasetRow
from tests.support.archives import hold_pack
from tests.support.fuzzed_archives import make_archive
from tests.support.servers import wait_until

OF_EACH_DATABASE = 500
WARM = 100
"""After so many archives, the service has all that it keeps."""
MOST_MORE = 32 * 2**20
"""Bytes that its process may take for the rest."""
ANSWERS = {202, 400, 413, 415, 422}


def memory_bytes() -> int:
    """Return what this process, which serves, has in memory."""
    return int(psutil.Process().memory_info().rss)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_each_is_kept_as_a_pack_or_refused(
    client: httpx.Client, database: Database, settings: Settings
) -> None:
    artifacts = open_artifacts(settings.artifacts_url)

    def hold_what_is_kept() -> None:
        with database.read() as session:
            row = session.scalars(select(DatasetRow)).one()
        hold_pack(artifacts.get(row.pack_key, sha256=row.pack_sha256), row.digest)

    folders_before, kept, warm_bytes = artifacts.folders(), 0, 0
    first = OF_EACH_DATABASE if database.is_sqlite else 0
    for number in range(first, first + OF_EACH_DATABASE):
        answer = client.put("/datasets/made-up", content=make_archive(number))
        assert answer.status_code in ANSWERS, f"{number}: {answer.text}"
        # The kernel holds each process that packs to little memory: a refusal would say so.
        assert "memory" not in answer.text, number
        if answer.status_code == 202:
            hold_what_is_kept()
            kept += 1
        if number == first + WARM:
            warm_bytes = memory_bytes()
    assert memory_bytes() < warm_bytes + MOST_MORE
    assert kept > OF_EACH_DATABASE / 50, "too few of them are taken"

    assert client.delete("/datasets/made-up").status_code == 204
    wait_until(lambda: artifacts.folders() == folders_before, "the last images to go")
    assert list(settings.home.glob("tmp*")) == []
