"""On the same machine: the database's disk fills up, and has room again later.

What is accepted meanwhile would be lost, so nothing may be; what was accepted before is still read,
and with room again the service goes on by itself. For SQLite, the API's process may write no byte
into any file; for PostgreSQL, the server refuses each new job as it does on a full disk.
"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, make_url

from tests.attacks.attack import Attack, Outcome, Target, one_each, post_search
from tests.support.full_disk import CREATE_FULL_DISK, DROP_FULL_DISK

_POSTS = 5


def _attack(target: Target) -> Outcome:
    with target.client(target.key) as client:
        before = post_search(client)
        with _no_room(target):
            refused = {post_search(client) for _ in range(_POSTS)}
            read = client.get("/searches").status_code
            ready = client.get("/readyz").status_code
        after = post_search(client)
        found = len(client.get("/searches").json()["data"])
    return Outcome(
        said=f"POST: {before} before, then {one_each(refused)}; GET {read}, /readyz {ready}; with "
        f"room again, POST {after}; {found} of 2 accepted searches are there",
        held=(before, refused, read, ready, after, found) == (202, {503}, 200, 503, 202, 2),
    )


@contextmanager
def _no_room(target: Target) -> Iterator[None]:
    if make_url(target.database_url).get_backend_name() == "sqlite":
        before = resource.prlimit(target.api_pid, resource.RLIMIT_FSIZE)
        resource.prlimit(target.api_pid, resource.RLIMIT_FSIZE, (0, before[1]))
        try:
            yield
        finally:
            resource.prlimit(target.api_pid, resource.RLIMIT_FSIZE, before)
        return
    engine = create_engine(target.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(CREATE_FULL_DISK)
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(DROP_FULL_DISK)
        engine.dispose()


ATTACK = Attack(name="the database's disk is full", row=11, run=_attack)
