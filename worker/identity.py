"""Who a worker is. The processes that it forks for its jobs are the same worker."""

import os
import socket
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from store.ids import IdKind, new_id

VERSION = version("pdarts")


@dataclass(frozen=True, kw_only=True)
class WorkerIdentity:
    """What identifies a worker, from its start to its end."""

    id: str
    host: str
    pid: int
    """Of its main process."""


@cache
def get_identity() -> WorkerIdentity:
    """Return this worker's identity, created when the main process first asks for it."""
    return WorkerIdentity(id=new_id(IdKind.WORKER), host=socket.gethostname(), pid=os.getpid())
