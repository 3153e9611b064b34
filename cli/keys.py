"""`pdarts keys`: creates and revokes API keys in the database, whether or not the API runs."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cli.errors import CliError, UnfitMachine, UnknownId, WrongUse
from cli.migrate import migrate
from cli.terminal import say, warn
from store.database import Database
from store.keys import (
    LONGEST_KEY_NAME,
    OWNER_PATTERN,
    create_key,
    has_admin_key,
    list_keys,
    revoke_key,
)
from store.plain_text import on_one_line
from store.private_files import sqlite_file
from store.schema import NEWEST_REVISION, read_revision
from store.scopes import Scope
from store.settings import Settings
from store.tables import ApiKey

_SHOWN = (
    "id",
    "owner",
    "name",
    "hint",
    "scopes",
    "created_at",
    "expires_at",
    "revoked_at",
    "last_used_at",
)


def create(
    settings: Settings,
    *,
    owner: str,
    name: str,
    scopes: Sequence[Scope],
    expires_in_days: int | None,
    as_json: bool,
) -> None:
    """Create a key and print it; it won't be shown again.

    Raises:
        WrongUse: the owner or the name is none.
        UnfitMachine: the database cannot be used.
    """
    if not re.fullmatch(OWNER_PATTERN, owner):
        raise WrongUse(
            f"{owner!r} is not a valid owner: use 1 to 64 letters, digits or . _ @ + -, "
            "starting with a letter or a digit"
        )
    if not 1 <= len(name) <= LONGEST_KEY_NAME or not name.isprintable():
        raise WrongUse(f"a name must have 1 to {LONGEST_KEY_NAME} printable characters")
    end = None
    if expires_in_days is not None:
        end = datetime.now(UTC) + timedelta(days=expires_in_days)
    _make_fresh_schema(settings)
    with _writing(settings) as session:
        minted = create_key(session, owner=owner, name=name, scopes=scopes, expires_at=end)
    if as_json:
        say(json.dumps({**_document(minted.row), "key": minted.text}))
        return
    # The key alone goes to standard output, so that a script can take it.
    warn([_line(minted.row), "The key, which won't be shown again:"], style="")
    say(minted.text)


def show(settings: Settings, *, owner: str | None, as_json: bool) -> None:
    """Print the keys, the newest first, without their secret parts. Raises UnfitMachine."""
    with _writing(settings) as session:
        found = list_keys(session, owner=owner)
    if as_json:
        say(json.dumps({"data": [_document(key) for key in found]}))
        return
    for key in found:
        say(_line(key))


def revoke(settings: Settings, key_id: str, *, as_json: bool) -> None:
    """Revoke a key; a running API notices within seconds.

    Raises:
        UnknownId: there is no such key.
        UnfitMachine: the database cannot be used.
    """
    with _writing(settings) as session:
        key = revoke_key(session, key_id)
    if key is None:
        raise UnknownId(f"there is no key {key_id}; see pdarts keys list")
    say(json.dumps(_document(key)) if as_json else _line(key))


def check_admin_key(settings: Settings) -> None:
    """Refuse to start an API that requires keys if nobody has one that may manage keys.

    Raises:
        CliError: the sentence says what to do.
        UnfitMachine: the database cannot be used.
    """
    if settings.auth == "off":
        return
    with _writing(settings) as session:
        if has_admin_key(session):
            return
    raise CliError(
        "PDARTS_AUTH is on, but there is no valid key with the scope admin. Create one, and keep "
        "what it prints: pdarts keys create --owner YOU --scope admin"
    )


def _make_fresh_schema(settings: Settings) -> None:
    # The first key is made before anything else has run; a schema that is merely old is not
    # changed under the software that uses it.
    if _is_missing(settings):
        migrate(settings)
        return
    with _using(settings) as database, database.read() as session:
        revision = read_revision(session)
    if revision is None:
        migrate(settings)


@contextmanager
def _writing(settings: Settings) -> Iterator[Session]:
    with _using(settings) as database:
        with database.read() as session:
            revision = read_revision(session)
        if revision != NEWEST_REVISION:
            raise UnfitMachine(
                f"the database has schema {revision}, but this version needs {NEWEST_REVISION}: "
                "run pdarts migrate"
            )
        with database.write() as session:
            yield session


@contextmanager
def _using(settings: Settings) -> Iterator[Database]:
    if _is_missing(settings):
        raise UnfitMachine("there is no database yet: run pdarts migrate")
    database = Database(settings.database_url)
    try:
        yield database
    except SQLAlchemyError as error:
        shown = database.url.render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).strip()
        raise UnfitMachine(f"cannot use the database {shown}: {reason}") from error
    finally:
        database.close()


def _is_missing(settings: Settings) -> bool:
    file = sqlite_file(settings.database_url)
    return file is not None and not file.exists()


def _document(key: ApiKey) -> dict[str, Any]:
    values = {name: getattr(key, name) for name in _SHOWN}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _line(key: ApiKey) -> str:
    if key.revoked_at is not None:
        state = f"revoked {_day(key.revoked_at)}"
    elif key.expires_at is None:
        state = "never expires"
    elif key.expires_at <= datetime.now(UTC):
        state = f"expired {_day(key.expires_at)}"
    else:
        state = f"until {_day(key.expires_at)}"
    used = "never used" if key.last_used_at is None else f"last used {_day(key.last_used_at)}"
    scopes, name = ",".join(key.scopes), on_one_line(key.name)
    return "  ".join([key.id, key.hint, on_one_line(key.owner), scopes, state, used, name])


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
