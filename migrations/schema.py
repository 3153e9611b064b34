"""Bring a database to the newest schema, or back, without an alembic.ini."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from store.private_files import make_private_file, make_private_folder, sqlite_file


def config_for(database_url: str) -> Config:
    """Return Alembic's configuration for this tree and a database."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = database_url
    return config


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the database up to a revision; makes a SQLite file, and its folder, where missing."""
    file = sqlite_file(database_url)
    if file is not None:
        make_private_folder(file.parent)
        make_private_file(file)
    command.upgrade(config_for(database_url), revision)


def downgrade(database_url: str, revision: str) -> None:
    """Take the database back to a revision; `base` is an empty one."""
    command.downgrade(config_for(database_url), revision)


def newest_revision() -> str:
    """Return the revision that this software needs."""
    head = ScriptDirectory.from_config(config_for("")).get_current_head()
    if head is None:
        raise LookupError("there are no migrations")
    return head
