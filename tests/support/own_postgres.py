"""A PostgreSQL server of a test's own, to be killed, stopped and cut off."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGCONT, SIGSTOP

from tests.support.servers import PostgresServer


@contextmanager
def stopped_postgres(server: PostgresServer) -> Iterator[None]:
    """Stop every process of the server for the block."""
    assert server.process is not None
    main = server.process.pid
    # The main process first: it starts no others then.
    server.signal(SIGSTOP)
    others = [int(pid) for pid in Path(f"/proc/{main}/task/{main}/children").read_text().split()]
    for pid in others:
        os.kill(pid, SIGSTOP)
    try:
        yield
    finally:
        for pid in [*others, main]:
            os.kill(pid, SIGCONT)
