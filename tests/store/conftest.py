"""What the tests of the store share."""

from collections.abc import Iterator

import pytest

from store.database import Database
from tests.support.databases import postgres_database
from tests.support.servers import PostgresServer


@pytest.fixture
def on_postgres(postgres_server: PostgresServer) -> Iterator[Database]:
    """A fresh database in which several transactions write at once."""
    with postgres_database(postgres_server) as url:
        database = Database(url)
        yield database
        database.close()
