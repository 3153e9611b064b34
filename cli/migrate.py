"""Brings the database to the newest schema."""

from alembic.util import CommandError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from cli.errors import UnfitMachine
from cli.home import explained
from migrations.schema import newest_revision, upgrade
from store.private_files import keep_private
from store.settings import Settings


def migrate(settings: Settings) -> str:
    """Migrate the database and return its revision.

    Raises:
        UnfitMachine: the database cannot be reached or written to.
    """
    try:
        shown = make_url(settings.database_url).render_as_string(hide_password=True)
        with explained(f"cannot use the database {shown}"):
            upgrade(settings.database_url)
        keep_private(settings)
    except ArgumentError as error:
        raise UnfitMachine("PDARTS_DATABASE_URL is not a valid database URL") from error
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip()
        raise UnfitMachine(f"cannot use the database {shown}: {reason}") from error
    except CommandError as error:
        raise UnfitMachine(f"cannot migrate the database {shown}: {error}") from error
    return newest_revision()
