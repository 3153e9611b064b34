"""The folders, the database and the broker in the settings. Nothing is created or changed."""

import os
import shutil
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from cli.checks.finding import Finding, fail, ok, warn
from cli.embedded_redis import find_redis_server
from cli.errors import UnfitMachine
from store.catalogue import list_datasets
from store.database import Database
from store.schema import NEWEST_REVISION, read_revision
from store.settings import Settings
from store.wording import number_of

_SCARCE_BYTES = 5 * 2**30
_TOO_FEW_BYTES = 2**28
_BROKER_SECONDS = 3.0
_MIGRATE = "run: pdarts migrate"


def check_home(settings: Settings) -> Finding:
    """Check whether the service's folder can be written to."""
    place = _nearest(settings.home)
    if not os.access(place, os.W_OK | os.X_OK):
        return fail("home", f"{place} cannot be written to", "set PDARTS_HOME to a folder of yours")
    return ok("home", str(settings.home))


def check_disk(settings: Settings) -> Finding:
    """Check how much room there is for checkpoints and data sets."""
    free = min(_free_bytes(place) for place in _folders(settings))
    told = f"{free / 2**30:.1f} GiB free"
    remedy = "free some space, or move PDARTS_HOME, PDARTS_DATA_DIR or PDARTS_ARTIFACTS_URL"
    if free < _TOO_FEW_BYTES:
        return fail("disk", told, remedy)
    return ok("disk", told) if free >= _SCARCE_BYTES else warn("disk", told, remedy)


def check_database(settings: Settings) -> Finding:
    """Check whether the database answers and has this version's schema."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        return ok(
            "database", f"{url.database} does not exist yet; pdarts up or pdarts migrate creates it"
        )
    shown = url.render_as_string(hide_password=True)
    database = Database(settings.database_url)
    try:
        with database.read() as session:
            revision = read_revision(session)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        return fail("database", f"{shown}: {reason}", "start it, or set PDARTS_DATABASE_URL")
    finally:
        database.close()
    if revision == NEWEST_REVISION:
        return ok("database", f"{shown}, schema {revision}")
    return fail("database", f"schema {revision}, but this version has {NEWEST_REVISION}", _MIGRATE)


def check_broker(settings: Settings) -> Finding:
    """Check whether Redis answers, or can be started."""
    if settings.redis_is_embedded:
        try:
            return ok("broker", f"{find_redis_server()}, started by pdarts up")
        except UnfitMachine as error:
            return fail("broker", "no redis-server", str(error))
    try:
        with redis.Redis.from_url(
            settings.redis_url,
            socket_timeout=_BROKER_SECONDS,
            socket_connect_timeout=_BROKER_SECONDS,
            retry=Retry(NoBackoff(), retries=0),
        ) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        return fail("broker", f"no answer: {error}", "start Redis, or set PDARTS_REDIS_URL")
    return ok("broker", "answers")


def check_data(settings: Settings) -> Finding:
    """Check the folder of data sets."""
    if not settings.data_dir.exists():
        return ok("data", f"{settings.data_dir} does not exist yet; it is created on first use")
    if not os.access(settings.data_dir, os.R_OK | os.W_OK | os.X_OK):
        return fail(
            "data", f"{settings.data_dir} cannot be used", "change its owner or permissions"
        )
    own = [info.name for info in list_datasets(settings.data_dir) if info.kind == "folder"]
    return ok("data", f"{settings.data_dir}, {number_of(len(own), 'folder')} of images")


def _folders(settings: Settings) -> list[Path]:
    folders = [settings.home, settings.data_dir]
    if "://" not in settings.artifacts_url:
        folders.append(Path(settings.artifacts_url))
    return folders


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(_nearest(folder)).free


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest existing one above it."""
    return next(
        place for place in (folder.absolute(), *folder.absolute().parents) if place.exists()
    )
