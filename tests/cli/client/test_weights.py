"""Weights through both kinds of client."""

from pathlib import Path

import pytest

from cli.client import Client, InvalidRequest, NotFound
from store.database import Database
from tests.support.weights_files import insert_weights


def test_they_are_listed_read_and_deleted(client: Client, database: Database) -> None:
    with database.write() as session:
        made = [insert_weights(session, name=name) for name in ("first", "second")]
    assert [one.id for one in client.list_weights(page_size=1)] == [*reversed(made)]
    found = client.get_weights(made[0])
    assert (found.name, found.layers, found.stem) == ("first", 3, "cifar")
    client.delete_weights(made[0])
    with pytest.raises(NotFound):
        client.get_weights(made[0])


def test_a_file_is_sent_as_it_is(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "text.pt"
    file.write_bytes(b"no weights" * 20_000)
    with pytest.raises(InvalidRequest, match="weights_unreadable"):
        client.push_weights(file)
    with pytest.raises(InvalidRequest, match="empty_body"):
        client.push_weights("/dev/null")
