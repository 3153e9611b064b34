"""A commit that succeeds although its reply is lost: what it names is not deleted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.engine.default import DefaultDialect

from store.artifact_stores import open_artifacts
from store.database import Database
from store.settings import Settings
from store.tables import DatasetRow
from tests.support.image_archives import archive_of


@contextmanager
def replies_lost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Carry out every commit in this process, and say that it failed."""
    commit: Any = DefaultDialect.do_commit

    def lose(self: Any, connection: Any) -> None:
        commit(self, connection)
        raise self.dbapi.OperationalError("the server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(DefaultDialect, "do_commit", lose)
        yield


def test_images_that_a_row_names_stay(
    client: httpx.Client,
    database: Database,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with replies_lost(monkeypatch):
        assert client.put("/datasets/pets", content=archive_of()).status_code == 503
    with database.read() as session:
        row = session.scalars(select(DatasetRow)).one()
    assert open_artifacts(settings.artifacts_url).get(row.pack_key, sha256=row.pack_sha256)
