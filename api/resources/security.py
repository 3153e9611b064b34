"""Who may use the service."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from api.http.own_names import OwnNames, is_loopback
from store.database import Database
from store.keys import has_admin_key
from store.scopes import Scope
from store.settings import Settings

LOCAL_OWNER = "local"
"""The owner of everything that is created without keys."""


class UnsafeSettingsError(Exception):
    """The settings would open the service to strangers, or to nobody."""


@dataclass(frozen=True, kw_only=True)
class CallersKey:
    """The key that a caller has shown."""

    id: str
    name: str
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who makes a request."""

    owner: str
    scopes: Collection[Scope]
    key: CallersKey | None = None

    def may(self, scope: Scope) -> bool:
        """Tell whether the caller has been granted the scope; `admin` has all."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


LOCAL_CALLER = Caller(owner=LOCAL_OWNER, scopes=frozenset(Scope))
"""The caller of every request without keys."""


def check_settings(settings: Settings) -> None:
    """Refuse settings under which anyone on the network could use the service.

    Raises:
        UnsafeSettingsError: the sentence says what to change.
    """
    if settings.auth == "off" and not is_loopback(settings.published_host):
        raise UnsafeSettingsError(
            f"serving at {settings.published_host} would let anyone on the network use it, "
            "since PDARTS_AUTH is off; set PDARTS_AUTH=on, or bind to a loopback address such as "
            "127.0.0.1"
        )


def check_keys(settings: Settings, database: Database) -> None:
    """Refuse to serve while nobody could prove to be allowed to.

    A database that does not answer is no reason: every request is refused until it does.

    Raises:
        UnsafeSettingsError: no valid key has the scope `admin`.
    """
    if settings.auth == "off":
        return
    try:
        with database.read() as session:
            found = has_admin_key(session)
    except SQLAlchemyError:
        return
    if not found:
        raise UnsafeSettingsError(
            "PDARTS_AUTH is on, but there is no valid key with the scope admin; make one with: "
            "pdarts keys create --owner YOU --scope admin"
        )


def own_names(settings: Settings) -> OwnNames:
    """Return the names of this machine that requests may come for without a key."""
    hosts = (settings.host, settings.published_host, *settings.allowed_host_names)
    return OwnNames(
        {host.strip("[]").lower() for host in hosts},
        listens_beyond_loopback=not is_loopback(settings.host),
    )
