"""`pdarts migrate`."""

from pathlib import Path

import pytest
from sqlalchemy import text

from cli.errors import UnfitMachine
from cli.migrate import migrate
from store.database import Database
from store.settings import Settings
from tests.support.databases import revision_of
from tests.support.servers import PostgresServer, free_port


def test_it_brings_a_database_to_the_newest_schema_and_may_run_again(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    assert migrate(settings) == migrate(settings)
    database = Database(settings.database_url)
    assert revision_of(database) == migrate(settings)
    database.close()


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    migrate(settings)
    database = Database(settings.database_url)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(UnfitMachine, match=r"cannot migrate the database .*9999"):
        migrate(settings)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "PDARTS_DATABASE_URL is not a valid database URL"),
        ("sqlite:////proc/no/such/folder/pdarts.db", "cannot use the database sqlite:///"),
    ],
)
def test_a_database_that_cannot_be_used_is_named(tmp_path: Path, url: str, message: str) -> None:
    with pytest.raises(UnfitMachine, match=message):
        migrate(Settings(home=tmp_path, database_url=url))


def test_a_server_that_does_not_answer_is_named_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql://someone:secret-word@127.0.0.1:{free_port()}/pdarts"
    with pytest.raises(UnfitMachine, match=r"someone:\*\*\*@127") as caught:
        migrate(Settings(home=tmp_path, database_url=url))
    assert "secret-word" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_character_is_refused(
    encoding: str, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    name = f"in_{encoding.lower()}"
    postgres_server.execute(
        f"CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' "
        "TEMPLATE template0"
    )
    settings = Settings(home=tmp_path, database_url=postgres_server.url(name))
    with pytest.raises(UnfitMachine, match=f"its encoding is {encoding}, and must be UTF8"):
        migrate(settings)
    postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")
